-- Every document that was indexed is asked for again; then nothing of the old embedder is left.
INSERT INTO rag_index_queue (organization_id, source_type, source_id, action)
SELECT organization_id, source_type, source_id, 'upsert' FROM rag_documents;
TRUNCATE rag_edges, rag_nodes, rag_chunks, rag_documents, rag_embedder;
DROP INDEX IF EXISTS rag_chunks_embedding;
ALTER TABLE rag_chunks ALTER COLUMN embedding TYPE vector;
