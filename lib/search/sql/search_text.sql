-- $1 organization, $2 to $5 a question's units: number, part, kind, query (search_question.sql), $6 how many documents to return; {passes}: the filter,
-- from $7 on. The documents that have any of them, by rag_rank_words.
WITH ranked AS (
  SELECT word.score, d.id, word.chunk_index
    FROM rag_rank_words($1, $2, $3, $4, $5) AS word JOIN rag_documents AS d ON d.organization_id = $1 AND d.id = word.document_id
   WHERE true{passes}
   ORDER BY word.score DESC, d.source_type, d.source_id
   LIMIT $6
)
SELECT ranked.score, d.source_type::text, d.source_id, coalesce(d.title, ''), coalesce(c.content, ''), d.id, c.chunk_index, d.visibility,
       d.metadata_json::text
  FROM ranked JOIN rag_documents AS d ON d.organization_id = $1 AND d.id = ranked.id
  LEFT JOIN LATERAL (SELECT content, chunk_index FROM rag_chunks AS c
                      WHERE c.organization_id = $1 AND c.document_id = d.id AND c.chunk_index = coalesce(ranked.chunk_index, c.chunk_index)
                      ORDER BY chunk_index LIMIT 1) AS c ON true
 ORDER BY 1 DESC, 2, 3
