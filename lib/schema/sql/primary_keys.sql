-- Of created tables; adopted ones keep theirs.
DO $$
DECLARE
  relation text;
BEGIN
  FOR relation IN SELECT t FROM unnest('{rag_documents,rag_chunks,rag_nodes,rag_edges}'::text[]) AS t
                   WHERE NOT EXISTS (SELECT FROM pg_index WHERE indisprimary AND indrelid = format('%I.%I', current_schema(), t)::regclass) LOOP
    EXECUTE format('ALTER TABLE %1$I ADD CONSTRAINT %1$s_key PRIMARY KEY USING INDEX %1$s_key', relation);
  END LOOP;
END $$;
