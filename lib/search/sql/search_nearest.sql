-- $1 organization, $2 vector, $3 how many chunks to look at, $4 how many documents to return,
-- $5 source types, $6 visibilities, $7 metadata to be contained, $8 a document to leave out; NULL for no filter.
-- Served by rag_chunks_embedding (HNSW). The filter is a subplan of its scan, never a join: it runs on until $3 chunks pass, or until
-- hnsw.max_scan_tuples were seen.
WITH nearest AS MATERIALIZED (
  SELECT c.document_id, c.chunk_index, c.embedding <=> $2::real[]::vector AS distance
    FROM rag_chunks AS c
   WHERE c.organization_id = $1 AND NOT c.adopted AND ($8::uuid IS NULL OR c.document_id <> $8)
     AND (($5::text[] IS NULL AND $6::text[] IS NULL AND $7::text IS NULL)
          OR EXISTS (SELECT FROM rag_documents AS d
                      WHERE d.organization_id = $1 AND d.id = c.document_id
                        AND ($5::text[] IS NULL OR d.source_type = ANY ($5)) AND ($6::text[] IS NULL OR d.visibility = ANY ($6))
                        AND ($7::text IS NULL OR d.metadata_json @> $7::text::jsonb)))
   ORDER BY c.embedding <=> $2::real[]::vector
   LIMIT $3
), best AS (
  SELECT DISTINCT ON (document_id) document_id, chunk_index, distance FROM nearest ORDER BY document_id, distance, chunk_index
)
SELECT 1 - best.distance, d.source_type::text, d.source_id, d.title, c.content, (SELECT count(*) FROM nearest)
  FROM best
  JOIN rag_documents AS d ON d.organization_id = $1 AND d.id = best.document_id
  JOIN rag_chunks AS c ON c.organization_id = $1 AND c.document_id = best.document_id AND c.chunk_index = best.chunk_index
 ORDER BY best.distance, d.source_type, d.source_id
 LIMIT $4
