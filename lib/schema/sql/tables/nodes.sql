-- node_type and node_id are a source's, or anything that the application chose. The last two columns are ours: document_id is the node's document,
-- given says that a document of ours made the node, which goes when no document and no edge needs it any more.
CREATE TABLE rag_nodes (
  id              uuid NOT NULL DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL,
  node_type       varchar(50) NOT NULL,
  node_id         uuid NOT NULL,
  label           text,
  metadata_json   jsonb,
  created_at      timestamptz DEFAULT now(),
  document_id     uuid,
  given           boolean NOT NULL DEFAULT false
);
