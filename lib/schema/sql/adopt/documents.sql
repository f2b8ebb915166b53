-- No row is touched: the old ones are `adopted` by the default of the moment.
ALTER TABLE rag_documents
  ADD COLUMN IF NOT EXISTS title text,
  ADD COLUMN IF NOT EXISTS visibility text,
  ADD COLUMN IF NOT EXISTS metadata_json jsonb,
  ADD COLUMN IF NOT EXISTS created_at timestamptz,
  ADD COLUMN IF NOT EXISTS updated_at timestamptz,
  ADD COLUMN terms_language text NOT NULL DEFAULT 'english',
  ADD COLUMN fingerprint uuid,
  ADD COLUMN title_terms tsvector,
  ADD COLUMN adopted boolean NOT NULL DEFAULT true;
ALTER TABLE rag_documents
  ALTER COLUMN id SET DEFAULT gen_random_uuid(),
  ALTER COLUMN created_at SET DEFAULT now(),
  ALTER COLUMN updated_at SET DEFAULT now(),
  ALTER COLUMN adopted SET DEFAULT false;
