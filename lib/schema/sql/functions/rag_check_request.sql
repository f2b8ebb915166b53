-- One constraint, and in PL/pgSQL: the server reads the text of a constraint anew for each statement, and this text is short.
CREATE OR REPLACE FUNCTION rag_check_request(source_type text, action text, priority integer, status text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  IF source_type <> '' AND action IN ('upsert', 'delete') AND priority BETWEEN 0 AND 100 AND status IN ('pending', 'running', 'done', 'failed') THEN
    RETURN true;
  END IF;
  RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = CASE
    WHEN source_type = '' THEN 'source_type is empty'
    WHEN action NOT IN ('upsert', 'delete') THEN format('action is %L, and must be upsert or delete', action)
    WHEN priority NOT BETWEEN 0 AND 100 THEN format('priority is %s, and must be from 0 to 100', priority)
    ELSE format('status is %L, and must be pending, running, done or failed', status) END;
END $$;
