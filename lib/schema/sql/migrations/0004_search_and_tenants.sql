-- Full-text search, and row-level security.

-- A tsvector holds 1 MB at most; of a text longer than 50,000 characters, which no usual chunk or title is, only the first are searched by
-- word. Both columns are kept by the database itself, whoever writes the row.
ALTER TABLE rag_chunks
  ADD COLUMN terms tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('pg_catalog.english', left(content, 50000))) STORED;
ALTER TABLE rag_documents
  ADD COLUMN title_terms tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('pg_catalog.english', left(title, 50000))) STORED;

-- search_text.sql walks these two. Without organization_id in them, which would take btree_gin: where an organization is small, the primary
-- key is the quicker way in, and the planner takes it.
CREATE INDEX rag_chunks_terms ON rag_chunks USING gin (terms);
CREATE INDEX rag_documents_title_terms ON rag_documents USING gin (title_terms);

-- The organization that the session says it works for: SET app.current_org, best with SET LOCAL. NULL when it says none.
CREATE FUNCTION rag_current_organization() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('app.current_org', true), '')::uuid;

-- Whoever is neither the tables' owner nor a worker (grants_work.sql) sees the rows of that organization, and without one none.
ALTER TABLE rag_index_queue ENABLE ROW LEVEL SECURITY;
ALTER TABLE rag_documents ENABLE ROW LEVEL SECURITY;
ALTER TABLE rag_chunks ENABLE ROW LEVEL SECURITY;
ALTER TABLE rag_nodes ENABLE ROW LEVEL SECURITY;
ALTER TABLE rag_edges ENABLE ROW LEVEL SECURITY;
CREATE POLICY rag_read ON rag_index_queue FOR SELECT USING (organization_id = rag_current_organization());
CREATE POLICY rag_read ON rag_documents FOR SELECT USING (organization_id = rag_current_organization());
CREATE POLICY rag_read ON rag_chunks FOR SELECT USING (organization_id = rag_current_organization());
CREATE POLICY rag_read ON rag_nodes FOR SELECT USING (organization_id = rag_current_organization());
CREATE POLICY rag_read ON rag_edges FOR SELECT USING (organization_id = rag_current_organization());

-- A plain INSERT stays a valid enqueue for every program that may insert; one that names its organization keeps to it.
CREATE POLICY rag_enqueue ON rag_index_queue FOR INSERT
  WITH CHECK (organization_id = coalesce(rag_current_organization(), organization_id));
