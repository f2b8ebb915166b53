#include "support/deployment.hpp"

#include <fmt/format.h>

namespace ragqueue::testing {

std::string deployment_tables(int dimension) {
  return fmt::format(R"sql(
CREATE TABLE tickets (id uuid PRIMARY KEY, organization_id uuid, subject text, description text, resolution text, status text);
CREATE TABLE kb_articles (id uuid PRIMARY KEY, organization_id uuid, title text, content text, visibility text);
CREATE TABLE assets (id uuid PRIMARY KEY, organization_id uuid, name text, asset_type text, metadata_json jsonb);
CREATE TABLE rag_documents (
  id uuid PRIMARY KEY, organization_id uuid NOT NULL, source_type varchar(50) NOT NULL, source_id uuid NOT NULL,
  title varchar(1000), visibility varchar(20), metadata_json jsonb, created_at timestamptz, updated_at timestamptz);
CREATE INDEX ix_rag_documents_org ON rag_documents (organization_id);
CREATE UNIQUE INDEX ix_rag_documents_source ON rag_documents (organization_id, source_type, source_id);
CREATE TABLE rag_chunks (
  id uuid PRIMARY KEY, organization_id uuid NOT NULL,
  document_id uuid NOT NULL REFERENCES rag_documents (id) ON DELETE CASCADE,
  chunk_index int NOT NULL, content text NOT NULL, embedding vector({0}), token_count int, created_at timestamptz);
CREATE INDEX ix_rag_chunks_document ON rag_chunks (document_id);
CREATE INDEX ix_rag_chunks_embedding ON rag_chunks USING hnsw (embedding vector_cosine_ops);
CREATE TABLE rag_index_queue (
  id uuid PRIMARY KEY, organization_id uuid NOT NULL, source_type varchar(50) NOT NULL, source_id uuid NOT NULL,
  action varchar(20) NOT NULL, priority int, status varchar(20), attempts int, last_error text,
  created_at timestamptz, updated_at timestamptz);
CREATE INDEX ix_rag_queue_status ON rag_index_queue (status, priority, created_at);
CREATE TABLE rag_nodes (
  id uuid PRIMARY KEY, organization_id uuid, node_type varchar(50), node_id uuid, label varchar(500),
  metadata_json jsonb, created_at timestamptz);
CREATE UNIQUE INDEX ix_rag_nodes_source ON rag_nodes (organization_id, node_type, node_id);
CREATE TABLE rag_edges (
  id uuid PRIMARY KEY, organization_id uuid,
  from_node_id uuid REFERENCES rag_nodes (id) ON DELETE CASCADE, to_node_id uuid REFERENCES rag_nodes (id) ON DELETE CASCADE,
  edge_type varchar(50), weight float DEFAULT 1.0, metadata_json jsonb, created_at timestamptz);
CREATE INDEX ix_rag_edges_from ON rag_edges (from_node_id);
CREATE INDEX ix_rag_edges_to ON rag_edges (to_node_id);
)sql",
                     dimension);
}

std::string deployment_rows(int dimension) {
  return fmt::format(R"sql(
CREATE TEMP VIEW org AS SELECT n, ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid AS id FROM generate_series(1, 2) AS n;
-- 20 tickets, 10 articles (the first is long) and 5 assets of each organization, as they are today.
INSERT INTO tickets SELECT gen_random_uuid(), org.id, format('Ticket %s of %s', k, org.n), format('printer %s is on fire', k), NULL, 'open'
  FROM org, generate_series(1, 20) AS k;
INSERT INTO kb_articles SELECT gen_random_uuid(), org.id, format('Article %s of %s', k, org.n),
       CASE k WHEN 1 THEN (SELECT string_agg(format('Paragraph %s tells of toner, paper, drums and fuses, and at length.', p) || repeat(' So it goes on and on.', 20), E'\n\n')
                             FROM generate_series(1, 60) AS p) ELSE format('restart router %s', k) END, 'public'
  FROM org, generate_series(1, 10) AS k;
INSERT INTO assets SELECT gen_random_uuid(), org.id, format('Asset %s of %s', k, org.n), 'printer', '{{"room": "7"}}'::jsonb FROM org, generate_series(1, 5) AS k;
CREATE TEMP TABLE source AS
  SELECT 'ticket' AS type, id, organization_id, split_part(subject, ' ', 2)::int AS k FROM tickets UNION ALL
  SELECT 'kb', id, organization_id, split_part(title, ' ', 2)::int FROM kb_articles UNION ALL
  SELECT 'asset', id, organization_id, split_part(name, ' ', 2)::int FROM assets;

-- Documents of an earlier time: of most sources, and of three of each organization that are gone.
INSERT INTO rag_documents
  SELECT gen_random_uuid(), organization_id, type, id, 'OLD title', 'internal', '{{"old": true}}'::jsonb, now() - interval '1 year', NULL::timestamptz FROM source WHERE k <= 15 UNION ALL
  SELECT gen_random_uuid(), org.id, 'ticket', gen_random_uuid(), 'OLD title of what is gone', NULL, NULL, NULL, NULL FROM org, generate_series(1, 3);
INSERT INTO rag_chunks
  SELECT gen_random_uuid(), d.organization_id, d.id, c, format('OLD text %s', c),
         CASE (row_number() OVER ()) % 3 WHEN 0 THEN NULL WHEN 1 THEN array_fill(0, ARRAY[{0}])::vector
           ELSE (array_fill(0.001, ARRAY[{0} - 1]) || (row_number() OVER ())::numeric)::vector END, NULL, now()
    FROM rag_documents AS d LEFT JOIN source AS s ON s.id = d.source_id,
         LATERAL generate_series(0, CASE WHEN s.type = 'kb' AND s.k = 1 THEN 9 ELSE 1 END) AS c;
-- A chunk that an edit left behind twice, and one that carries another organization.
INSERT INTO rag_chunks SELECT gen_random_uuid(), organization_id, document_id, chunk_index, 'OLD leftover', NULL, NULL, NULL FROM rag_chunks WHERE chunk_index = 1 LIMIT 3;
INSERT INTO rag_chunks SELECT gen_random_uuid(), (SELECT id FROM org WHERE id <> c.organization_id), document_id, 77, 'OLD stray', NULL, NULL, NULL FROM rag_chunks AS c LIMIT 1;

-- Nodes of the documents, and of users; edges between documents, and to users.
INSERT INTO rag_nodes SELECT gen_random_uuid(), organization_id, source_type, source_id, 'OLD label', NULL, now() FROM rag_documents;
INSERT INTO rag_nodes SELECT gen_random_uuid(), org.id, 'user', gen_random_uuid(), 'Ada', '{{"role": "agent"}}'::jsonb, NULL FROM org;
INSERT INTO rag_nodes VALUES (gen_random_uuid(), NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO rag_edges
  SELECT gen_random_uuid(), n.organization_id, n.id, u.id, 'assigned_to', 0.5, '{{"since": 2020}}'::jsonb, now()
    FROM rag_nodes AS n JOIN rag_nodes AS u ON u.organization_id = n.organization_id AND u.node_type = 'user'
    JOIN source AS s ON s.id = n.node_id WHERE n.node_type = 'ticket';
INSERT INTO rag_edges SELECT gen_random_uuid(), NULL, from_node_id, to_node_id, NULL, NULL, NULL, NULL FROM rag_edges LIMIT 1;

-- Requests of every status; a removal of what is gone.
INSERT INTO rag_index_queue
  SELECT gen_random_uuid(), organization_id, type, id, 'upsert', 5, (ARRAY['pending', 'running', 'failed', 'done'])[1 + k % 4], k % 3, NULL, now() - k * interval '1 day', NULL
    FROM source WHERE k > 8;
INSERT INTO rag_index_queue
  SELECT gen_random_uuid(), organization_id, source_type, source_id, 'delete', 5, 'pending', 0, NULL, now(), now()
    FROM rag_documents WHERE title LIKE '%gone' LIMIT 1;
INSERT INTO rag_index_queue SELECT gen_random_uuid(), org.id, 'ticket', gen_random_uuid(), 'delete', 5, 'failed', 3, 'boom', now(), now() FROM org;
DROP TABLE source;
)sql",
                     dimension);
}

}  // namespace ragqueue::testing
