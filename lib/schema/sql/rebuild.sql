-- No worker lives: what dead ones held goes back. Every document that was indexed is asked for again, unless its removal was asked for;
-- then nothing of the old embedder is left.
DELETE FROM rag_workers;
UPDATE rag_index_queue SET status = 'pending', token = NULL, worker_id = NULL, updated_at = now() WHERE status = 'running';
INSERT INTO rag_index_queue (organization_id, source_type, source_id, action)
SELECT organization_id, source_type, source_id, 'upsert'
  FROM rag_documents AS d
 WHERE NOT EXISTS (SELECT FROM rag_index_queue AS q
                    WHERE q.status = 'pending' AND q.action = 'delete' AND q.organization_id = d.organization_id
                      AND q.source_type = d.source_type AND q.source_id = d.source_id);
TRUNCATE rag_edges, rag_nodes, rag_chunks, rag_documents, rag_embedder;
DROP INDEX IF EXISTS rag_chunks_embedding;
ALTER TABLE rag_chunks ALTER COLUMN embedding TYPE vector;
