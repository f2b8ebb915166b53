-- The index. Every key leads with organization_id, so that the tables can be distributed by organization.

CREATE TABLE rag_documents (
  organization_id uuid NOT NULL,
  id              uuid NOT NULL DEFAULT gen_random_uuid(),
  source_type     varchar(50) NOT NULL,
  source_id       uuid NOT NULL,
  title           text NOT NULL,
  visibility      text,
  metadata        jsonb,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, id),
  UNIQUE (organization_id, source_type, source_id)
);

-- embedding gets its dimension when the index is bound to an embedder, and its HNSW index when a first load is through.
CREATE TABLE rag_chunks (
  organization_id uuid NOT NULL,
  document_id     uuid NOT NULL,
  chunk_index     integer NOT NULL,
  content         text NOT NULL,
  token_count     integer NOT NULL,
  embedding       vector NOT NULL,
  PRIMARY KEY (organization_id, document_id, chunk_index),
  FOREIGN KEY (organization_id, document_id) REFERENCES rag_documents (organization_id, id) ON DELETE CASCADE
);

-- A node without a document is the target of a link that is not indexed yet; node_type and node_id are the source's.
CREATE TABLE rag_nodes (
  organization_id uuid NOT NULL,
  id              uuid NOT NULL DEFAULT gen_random_uuid(),
  node_type       varchar(50) NOT NULL,
  node_id         uuid NOT NULL,
  title           text,
  document_id     uuid,
  PRIMARY KEY (organization_id, id),
  UNIQUE (organization_id, node_type, node_id),
  FOREIGN KEY (organization_id, document_id) REFERENCES rag_documents (organization_id, id)
);
CREATE INDEX rag_nodes_document ON rag_nodes (organization_id, document_id);

-- An edge belongs to the document of its from_node, which gave the link.
CREATE TABLE rag_edges (
  organization_id uuid NOT NULL,
  from_node       uuid NOT NULL,
  to_node         uuid NOT NULL,
  edge_type       varchar(50) NOT NULL,
  weight          double precision NOT NULL DEFAULT 1,
  PRIMARY KEY (organization_id, from_node, to_node, edge_type),
  FOREIGN KEY (organization_id, from_node) REFERENCES rag_nodes (organization_id, id),
  FOREIGN KEY (organization_id, to_node) REFERENCES rag_nodes (organization_id, id)
);
CREATE INDEX rag_edges_to ON rag_edges (organization_id, to_node);

-- The one embedder whose vectors the index holds.
CREATE TABLE rag_embedder (
  only_row  boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  name      text NOT NULL,
  dimension integer NOT NULL,
  bound_at  timestamptz NOT NULL DEFAULT now()
);
