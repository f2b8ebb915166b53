-- $1 organization, $2 query vector, $3 how many chunks to look at, $4 how many documents to return.
-- Served by rag_chunks_embedding (HNSW), whose iterative scan gives up after hnsw.max_scan_tuples; or, exactly, by the primary key.
WITH nearest AS MATERIALIZED (
  SELECT c.document_id, c.content, c.embedding <=> $2::real[]::vector AS distance
    FROM rag_chunks AS c
   WHERE c.organization_id = $1
   ORDER BY c.embedding <=> $2::real[]::vector
   LIMIT $3
), best AS (
  SELECT DISTINCT ON (document_id) document_id, content, distance FROM nearest ORDER BY document_id, distance
)
SELECT 1 - best.distance, d.source_type::text, d.source_id, d.title, best.content, (SELECT count(*) FROM nearest)
  FROM best JOIN rag_documents AS d ON d.organization_id = $1 AND d.id = best.document_id
 ORDER BY best.distance, d.source_id
 LIMIT $4
