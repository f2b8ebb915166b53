-- Of the index, when the vector column has its dimension; for created and adopted tables. What stood before is looked at later (complete.cpp), when nobody has to wait for it.
ALTER TABLE rag_chunks
  ADD CONSTRAINT rag_chunks_whole CHECK (adopted OR (token_count IS NOT NULL AND terms IS NOT NULL)) NOT VALID,
  ADD CONSTRAINT rag_chunks_document_fkey FOREIGN KEY (organization_id, document_id) REFERENCES rag_documents (organization_id, id)
    ON DELETE CASCADE NOT VALID;
ALTER TABLE rag_nodes
  ADD CONSTRAINT rag_nodes_document_fkey FOREIGN KEY (organization_id, document_id) REFERENCES rag_documents (organization_id, id)
    ON DELETE SET NULL (document_id) NOT VALID;
ALTER TABLE rag_edges
  ADD CONSTRAINT rag_edges_from_fkey FOREIGN KEY (organization_id, from_node_id) REFERENCES rag_nodes (organization_id, id)
    ON DELETE CASCADE NOT VALID,
  ADD CONSTRAINT rag_edges_to_fkey FOREIGN KEY (organization_id, to_node_id) REFERENCES rag_nodes (organization_id, id)
    ON DELETE CASCADE NOT VALID,
  ADD CONSTRAINT rag_edges_document_fkey FOREIGN KEY (organization_id, document_id) REFERENCES rag_documents (organization_id, id)
    ON DELETE CASCADE NOT VALID;
