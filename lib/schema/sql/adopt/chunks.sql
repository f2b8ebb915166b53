-- No row is touched: the old ones are `adopted` by the default of the moment, and stay readable until their document is indexed anew.
ALTER TABLE rag_chunks
  ADD COLUMN IF NOT EXISTS token_count integer,
  ADD COLUMN IF NOT EXISTS created_at timestamptz,
  ADD COLUMN hash uuid,
  ADD COLUMN terms tsvector,
  ADD COLUMN adopted boolean NOT NULL DEFAULT true;
ALTER TABLE rag_chunks
  ALTER COLUMN id SET DEFAULT gen_random_uuid(),
  ALTER COLUMN created_at SET DEFAULT now(),
  ALTER COLUMN adopted SET DEFAULT false,
  SET (fillfactor = 50);
