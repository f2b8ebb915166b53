CREATE TABLE rag_schema (
  version    integer PRIMARY KEY,
  applied_at timestamptz NOT NULL DEFAULT now(),
  entered_by text[] NOT NULL DEFAULT '{}'  -- roles that had USAGE on the schema before
);
