-- The texts that are rows' keys, by the UUIDs that stand for them (rag_uuid). No unique index: whoever appends a key waits for nobody, and a key that
-- stands twice harms nobody.
CREATE TABLE IF NOT EXISTS rag_source_keys (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source_type varchar(50) NOT NULL,
  source_id   uuid NOT NULL,
  key         text NOT NULL
);
CREATE INDEX IF NOT EXISTS rag_source_keys_source ON rag_source_keys (source_id, source_type);

-- Tables whose changes cannot be followed any more, since a column is gone that tells which row it is; until rag_worker watch mends it.
CREATE TABLE IF NOT EXISTS rag_watch_faults (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source_type varchar(50) NOT NULL,
  relation    text NOT NULL,
  message     text NOT NULL,
  since       timestamptz NOT NULL DEFAULT now()
);
