-- $1 organization, $2 vector, $3 how many documents to return, $4 a document to leave out, or NULL, $5 how many chunks to look at;
-- {passes}: the filter, from $6 on, a subplan of the scan and never a join: it runs on until $5 chunks pass, or until
-- hnsw.max_scan_tuples were seen. Served by rag_chunks_embedding (HNSW).
WITH nearest AS MATERIALIZED (
  SELECT c.document_id, c.chunk_index, c.embedding <=> $2::real[]::vector AS distance
    FROM rag_chunks AS c
   WHERE c.organization_id = $1 AND NOT c.adopted AND c.embedding IS NOT NULL AND ($4::uuid IS NULL OR c.document_id <> $4){passes}
   ORDER BY c.embedding <=> $2::real[]::vector
   LIMIT $5
), best AS (
  SELECT DISTINCT ON (document_id) document_id, chunk_index, distance FROM nearest ORDER BY document_id, distance, chunk_index
)
SELECT 1 - best.distance, d.source_type::text, d.source_id, coalesce(d.title, ''), c.content, d.id, c.chunk_index, d.visibility, d.metadata_json::text,
       (SELECT count(*) FROM nearest)
  FROM best
  JOIN rag_documents AS d ON d.organization_id = $1 AND d.id = best.document_id
  JOIN rag_chunks AS c ON c.organization_id = $1 AND c.document_id = best.document_id AND c.chunk_index = best.chunk_index
 ORDER BY best.distance, d.source_type, d.source_id
 LIMIT $3
