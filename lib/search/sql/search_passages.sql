-- $1 organization, $2 documents, $3 the chunk that found each (NULL: none), $4 how many passages of a document, $5 how many neighbours of each on either side, $6 the
-- question's words joined by |, or an empty text, $7 its vector, or NULL. Returns the chunks of the passages by document, place of the passage,
-- from 1, and chunk index: the passage of the chunk that found it first, then by nearness to the vector, or by words. A chunk belongs to the
-- first passage that reaches it. Served by the key of rag_chunks.
WITH chosen AS (
  SELECT c.document_id, c.chunk_index,
         row_number() OVER (PARTITION BY c.document_id
                            ORDER BY c.chunk_index = given.chunk_index DESC NULLS LAST, c.embedding <=> $7::real[]::vector NULLS LAST,
                                     CASE WHEN $6 <> '' THEN ts_rank(c.terms, $6::text::tsquery) END DESC NULLS LAST, c.chunk_index) AS place
    FROM unnest($2::uuid[], $3::integer[]) AS given (document_id, chunk_index)
    JOIN rag_chunks AS c ON c.organization_id = $1 AND c.document_id = given.document_id
)
SELECT document_id, place, chunk_index, content
  FROM (SELECT DISTINCT ON (c.document_id, c.chunk_index) c.document_id, chosen.place, c.chunk_index, c.content
          FROM chosen JOIN rag_chunks AS c
            ON c.organization_id = $1 AND c.document_id = chosen.document_id AND c.chunk_index BETWEEN chosen.chunk_index - $5 AND chosen.chunk_index + $5
         WHERE chosen.place <= $4
         ORDER BY c.document_id, c.chunk_index, chosen.place) AS shown
 ORDER BY document_id, place, chunk_index
