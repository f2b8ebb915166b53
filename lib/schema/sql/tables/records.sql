-- The one embedder whose vectors the index holds; a few texts, and its vectors for them; the reading of bodies by which every document was asked for
-- (request_read_before.sql).
CREATE TABLE rag_embedder (
  only_row       boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  name           text NOT NULL,
  dimension      integer NOT NULL,
  bound_at       timestamptz NOT NULL DEFAULT now(),
  canary_texts   text[],
  canary_vectors vector[],
  text_version   integer NOT NULL DEFAULT 0
);

-- The tables that stood before the schema came.
CREATE TABLE rag_adopted (
  name         text PRIMARY KEY,
  row_security boolean NOT NULL,               -- whether the table had it
  definition   jsonb NOT NULL,                 -- what else uninstall gives back (record_adopted.sql)
  complete     boolean NOT NULL DEFAULT false  -- whether what follows the take-over is done (complete.cpp)
);

-- One row for each worker process: the lease under which its jobs run, and what it tells of its embedder while that is down, and of source types that
-- it cannot read: an array of {source_type, since, reason}.
CREATE TABLE rag_workers (
  id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  host                text NOT NULL,
  pid                 integer NOT NULL,
  idle                boolean NOT NULL DEFAULT false,
  lease               interval NOT NULL,
  started_at          timestamptz NOT NULL DEFAULT now(),
  heartbeat_at        timestamptz NOT NULL DEFAULT now(),
  embedder_down_since timestamptz,
  embedder_answer     text,
  waiting_sources     jsonb
);
