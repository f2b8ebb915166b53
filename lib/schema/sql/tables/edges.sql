-- The last column is ours: the document that gave the link, that of from_node_id, and with which the edge goes. NULL: the application's own edge.
CREATE TABLE rag_edges (
  id              uuid NOT NULL DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL,
  from_node_id    uuid NOT NULL,
  to_node_id      uuid NOT NULL,
  edge_type       varchar(50) NOT NULL,
  weight          double precision DEFAULT 1.0,
  metadata_json   jsonb,
  created_at      timestamptz DEFAULT now(),
  document_id     uuid
);
