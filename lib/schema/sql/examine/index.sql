-- What keeps rag_documents, rag_chunks, rag_nodes and rag_edges from being adopted as they stand, and the cure.
WITH promised (relation, name, type, is_needed) AS (
  VALUES ('rag_documents', 'id', 'uuid', true), ('rag_documents', 'organization_id', 'uuid', true), ('rag_documents', 'source_type', 'text', true),
         ('rag_documents', 'source_id', 'uuid', true), ('rag_documents', 'title', 'text', false), ('rag_documents', 'visibility', 'text', false),
         ('rag_documents', 'metadata_json', 'jsonb', false), ('rag_documents', 'created_at', 'timestamp with time zone', false),
         ('rag_documents', 'updated_at', 'timestamp with time zone', false),
         ('rag_chunks', 'id', 'uuid', true), ('rag_chunks', 'organization_id', 'uuid', true), ('rag_chunks', 'document_id', 'uuid', true),
         ('rag_chunks', 'chunk_index', 'integer', true), ('rag_chunks', 'content', 'text', true), ('rag_chunks', 'embedding', 'vector', true),
         ('rag_chunks', 'token_count', 'integer', false), ('rag_chunks', 'created_at', 'timestamp with time zone', false),
         ('rag_nodes', 'id', 'uuid', true), ('rag_nodes', 'organization_id', 'uuid', true), ('rag_nodes', 'node_type', 'text', true),
         ('rag_nodes', 'node_id', 'uuid', true), ('rag_nodes', 'label', 'text', false), ('rag_nodes', 'metadata_json', 'jsonb', false),
         ('rag_nodes', 'created_at', 'timestamp with time zone', false),
         ('rag_edges', 'id', 'uuid', true), ('rag_edges', 'organization_id', 'uuid', true), ('rag_edges', 'from_node_id', 'uuid', true),
         ('rag_edges', 'to_node_id', 'uuid', true), ('rag_edges', 'edge_type', 'text', true), ('rag_edges', 'weight', 'double precision', false),
         ('rag_edges', 'metadata_json', 'jsonb', false), ('rag_edges', 'created_at', 'timestamp with time zone', false)
), ours (relation, name) AS (
  VALUES ('rag_documents', 'terms_language'), ('rag_documents', 'fingerprint'), ('rag_documents', 'title_terms'), ('rag_documents', 'adopted'), ('rag_chunks', 'hash'), ('rag_chunks', 'terms'),
         ('rag_chunks', 'adopted'), ('rag_nodes', 'document_id'), ('rag_nodes', 'given'), ('rag_edges', 'document_id')
), standing AS (
  SELECT c.oid, c.relname::text AS relation, c.relkind, c.relowner
    FROM pg_class AS c
   WHERE c.relnamespace = quote_ident(current_schema())::regnamespace AND c.relname IN ('rag_documents', 'rag_chunks', 'rag_nodes', 'rag_edges')
), present AS (
  SELECT s.relation, a.attname::text AS name, a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AS is_asked_for,
         CASE WHEN t.typname = 'vector' THEN 'vector' WHEN a.atttypid = 'varchar'::regtype THEN 'text' ELSE a.atttypid::regtype::text END AS type
    FROM standing AS s
    JOIN pg_attribute AS a ON a.attrelid = s.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type AS t ON t.oid = a.atttypid
)
SELECT format('%s is no plain table', relation) FROM standing WHERE relkind <> 'r'
UNION ALL
SELECT format('%s belongs to the role %s. Run init as that role', relation, relowner::regrole) FROM standing WHERE NOT pg_has_role(relowner, 'USAGE')
UNION ALL
SELECT format('%s has no primary key. Add one first: ALTER TABLE %1$s ADD PRIMARY KEY (id)', relation)
  FROM standing AS s WHERE relkind = 'r' AND NOT EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = s.oid AND i.indisprimary)
UNION ALL
SELECT format('%s.%s must be %s but is %s', p.relation, p.name, p.type, coalesce(c.type, 'missing'))
  FROM promised AS p JOIN standing USING (relation) LEFT JOIN present AS c USING (relation, name)
 WHERE c.type IS DISTINCT FROM p.type AND (p.is_needed OR c.type IS NOT NULL)
UNION ALL
SELECT format('%1$s has a column %2$s of its own, a name that ragqueue needs. Rename it first: ALTER TABLE %1$s RENAME %2$s TO my_%2$s', relation, name)
  FROM ours JOIN present USING (relation, name)
UNION ALL
SELECT format('%1$s.%2$s takes no NULL and has no default, so no new row can be stored. Give it a default first: ALTER TABLE %1$s ALTER %2$s SET DEFAULT ...',
              c.relation, quote_ident(c.name))
  FROM present AS c LEFT JOIN promised AS p USING (relation, name) WHERE c.is_asked_for AND p.name IS NULL
