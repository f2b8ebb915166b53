-- The last three columns are ours: hash is of what was embedded (NULL: not known), terms what the search by words walks, adopted says that the row
-- and its vector are of the system before ragqueue: such a vector is compared with none of ours. A chunk of which the embedder knows nothing has no
-- embedding. embedding gets its dimension when the index is
-- bound to an embedder, and its HNSW index when a first load is through.
-- A chunk is itself wherever it stands: chunk_index is in no index, and each page has room for a second version of its rows, so that a chunk that
-- moves stays a heap-only tuple and the vector index hears nothing of it.
CREATE TABLE rag_chunks (
  id              uuid NOT NULL DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL,
  document_id     uuid NOT NULL,
  chunk_index     integer NOT NULL,
  content         text NOT NULL,
  embedding       vector,
  token_count     integer,
  created_at      timestamptz DEFAULT now(),
  hash            uuid,
  terms           tsvector,
  adopted         boolean NOT NULL DEFAULT false
) WITH (fillfactor = 50);
