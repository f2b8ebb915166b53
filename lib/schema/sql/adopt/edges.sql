-- All that stands is the application's own.
ALTER TABLE rag_edges
  ADD COLUMN IF NOT EXISTS weight double precision DEFAULT 1,
  ADD COLUMN IF NOT EXISTS metadata_json jsonb,
  ADD COLUMN IF NOT EXISTS created_at timestamptz,
  ADD COLUMN document_id uuid;
ALTER TABLE rag_edges
  ALTER COLUMN id SET DEFAULT gen_random_uuid(),
  ALTER COLUMN created_at SET DEFAULT now();
