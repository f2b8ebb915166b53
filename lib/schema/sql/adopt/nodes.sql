-- All that stands is the application's own, until a document of ours takes a node for itself.
ALTER TABLE rag_nodes
  ADD COLUMN IF NOT EXISTS label text,
  ADD COLUMN IF NOT EXISTS metadata_json jsonb,
  ADD COLUMN IF NOT EXISTS created_at timestamptz,
  ADD COLUMN document_id uuid,
  ADD COLUMN given boolean NOT NULL DEFAULT false;
ALTER TABLE rag_nodes
  ALTER COLUMN id SET DEFAULT gen_random_uuid(),
  ALTER COLUMN created_at SET DEFAULT now();
