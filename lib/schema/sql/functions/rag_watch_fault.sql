-- Says, once, that the changes of a table cannot be followed: the writer goes on all the same.
CREATE OR REPLACE FUNCTION rag_watch_fault(type text, relation regclass, columns text[]) RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
#variable_conflict use_variable
DECLARE
  gone text := (SELECT string_agg(c, ', ') FROM unnest(columns) AS c
                 WHERE NOT EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = relation AND a.attname = c AND NOT a.attisdropped));
BEGIN
  INSERT INTO rag_watch_faults (source_type, relation, message)
  SELECT type, relation::text, format('%s has no column %s any more', relation, gone)
   WHERE NOT EXISTS (SELECT FROM rag_watch_faults AS f WHERE f.source_type = type AND f.relation = relation::text);
  RAISE WARNING 'ragqueue: % has no column % any more, so that source % no longer follows it; run rag_worker watch', relation, gone, type;
END $$;
REVOKE EXECUTE ON FUNCTION rag_watch_fault(text, regclass, text[]) FROM PUBLIC;
