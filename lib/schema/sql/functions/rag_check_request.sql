-- Whether a row may stand in the queue: what waits or runs must name a source and an action, what is over may be anything. In PL/pgSQL, since the
-- server reads the text of a constraint anew for each statement, and this text is short. It runs under the search_path of whoever inserts, and so
-- takes no operator from there.
CREATE OR REPLACE FUNCTION rag_check_request(source_type text, action text, status text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  IF (action OPERATOR(pg_catalog.=) 'upsert' OR action OPERATOR(pg_catalog.=) 'delete') AND source_type OPERATOR(pg_catalog.<>) ''
     AND (status OPERATOR(pg_catalog.=) 'pending' OR status OPERATOR(pg_catalog.=) 'running')
     OR status OPERATOR(pg_catalog.=) 'done' OR status OPERATOR(pg_catalog.=) 'failed' THEN
    RETURN true;
  END IF;
  RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = CASE
    WHEN status IS NULL THEN 'status is NULL'
    WHEN NOT status OPERATOR(pg_catalog.=) ANY ('{pending,running,done,failed}'::pg_catalog.text[])
      THEN pg_catalog.format('status is %L, and must be pending, running, done or failed', status)
    WHEN source_type OPERATOR(pg_catalog.=) '' THEN 'source_type is empty'
    ELSE pg_catalog.format('action is %L, and must be upsert or delete', action) END;
END $$;
