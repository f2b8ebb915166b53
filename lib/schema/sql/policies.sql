-- Whoever is neither the tables' owner nor has a policy of his own (grants.cpp, keep_access.sql) sees the rows of the organization that he names,
-- and without one none.
ALTER TABLE rag_index_queue ENABLE ROW LEVEL SECURITY;
ALTER TABLE rag_index_queue_archive ENABLE ROW LEVEL SECURITY;
ALTER TABLE rag_documents ENABLE ROW LEVEL SECURITY;
ALTER TABLE rag_chunks ENABLE ROW LEVEL SECURITY;
ALTER TABLE rag_nodes ENABLE ROW LEVEL SECURITY;
ALTER TABLE rag_edges ENABLE ROW LEVEL SECURITY;
CREATE POLICY rag_read ON rag_index_queue FOR SELECT USING (organization_id = rag_current_organization());
CREATE POLICY rag_read ON rag_index_queue_archive FOR SELECT USING (organization_id = rag_current_organization());
CREATE POLICY rag_read ON rag_documents FOR SELECT USING (organization_id = rag_current_organization());
CREATE POLICY rag_read ON rag_chunks FOR SELECT USING (organization_id = rag_current_organization());
CREATE POLICY rag_read ON rag_nodes FOR SELECT USING (organization_id = rag_current_organization());
CREATE POLICY rag_read ON rag_edges FOR SELECT USING (organization_id = rag_current_organization());

-- A plain INSERT stays a valid enqueue for every program that may insert; one that names its organization keeps to it. Bounded, so that no tenant's row
-- is in the way of others.
CREATE POLICY rag_enqueue ON rag_index_queue FOR INSERT
  WITH CHECK (organization_id = coalesce(rag_current_organization(), organization_id) AND status = 'pending' AND attempts BETWEEN 0 AND 1000
              AND isfinite(created_at) AND isfinite(updated_at));
