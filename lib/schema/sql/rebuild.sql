-- No worker lives: what dead ones held goes back. Every document that was indexed is asked for again, unless its removal was asked for;
-- then nothing of the old embedder is left. What the application put into the graph itself stays.
DELETE FROM rag_workers;
UPDATE rag_index_queue SET status = 'pending', token = NULL, worker_id = NULL, updated_at = now() WHERE status = 'running';
INSERT INTO rag_index_queue (organization_id, source_type, source_id, action)
SELECT organization_id, source_type, source_id, 'upsert'
  FROM rag_documents AS d
 WHERE NOT EXISTS (SELECT FROM rag_index_queue AS q
                    WHERE q.status = 'pending' AND q.action = 'delete' AND q.organization_id = d.organization_id
                      AND q.source_type = d.source_type AND q.source_id = d.source_id);
DELETE FROM rag_edges WHERE document_id IS NOT NULL;
UPDATE rag_nodes SET document_id = NULL, label = NULL WHERE document_id IS NOT NULL;
DELETE FROM rag_nodes AS n
 WHERE n.given
   AND NOT EXISTS (SELECT FROM rag_edges AS e WHERE e.organization_id = n.organization_id AND e.to_node_id = n.id)
   AND NOT EXISTS (SELECT FROM rag_edges AS e WHERE e.organization_id = n.organization_id AND e.from_node_id = n.id);
TRUNCATE rag_chunks, rag_embedder;
DELETE FROM rag_documents;

-- Indexes of vectors, also those of other names, ask for a dimension.
DO $$
DECLARE
  doomed regclass;
BEGIN
  FOR doomed IN SELECT i.indexrelid FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
                 WHERE i.indrelid = 'rag_chunks'::regclass AND a.attname = 'embedding' LOOP
    EXECUTE format('DROP INDEX %s', doomed);
  END LOOP;
END $$;
ALTER TABLE rag_chunks ALTER COLUMN embedding TYPE vector;
