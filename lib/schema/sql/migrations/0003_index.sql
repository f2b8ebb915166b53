-- Chunks are kept over edits, and edges know the document that gave them.

-- Of all that the index holds of the document; NULL when it is not known.
ALTER TABLE rag_documents ADD COLUMN fingerprint uuid;

-- A chunk is itself wherever it stands: chunk_index is in no index, and each page has room for a second version of its rows, so that a chunk
-- that moves stays a heap-only tuple and the vector index hears nothing of it. hash is of what was embedded; NULL when that is not known.
ALTER TABLE rag_chunks SET (fillfactor = 50);
ALTER TABLE rag_chunks DROP CONSTRAINT rag_chunks_pkey;
ALTER TABLE rag_chunks
  ADD COLUMN id   uuid NOT NULL DEFAULT gen_random_uuid(),
  ADD COLUMN hash uuid,
  ADD PRIMARY KEY (organization_id, document_id, id);

-- One document gives an edge, that of its from_node; the edge goes with it.
ALTER TABLE rag_edges ADD COLUMN document_id uuid;
UPDATE rag_edges AS e
   SET document_id = n.document_id
  FROM rag_nodes AS n
 WHERE n.organization_id = e.organization_id AND n.id = e.from_node;
ALTER TABLE rag_edges
  ALTER COLUMN document_id SET NOT NULL,
  ADD FOREIGN KEY (organization_id, document_id) REFERENCES rag_documents (organization_id, id) ON DELETE CASCADE;
CREATE INDEX rag_edges_document ON rag_edges (organization_id, document_id);

-- Two workers at once could leave a link's target that nothing leads to any more.
DELETE FROM rag_nodes AS n
 WHERE n.document_id IS NULL
   AND NOT EXISTS (SELECT FROM rag_edges AS e WHERE e.organization_id = n.organization_id AND e.to_node = n.id)
   AND NOT EXISTS (SELECT FROM rag_edges AS e WHERE e.organization_id = n.organization_id AND e.from_node = n.id);
