-- Ends those jobs that still stand in that status, and under that claim where one is named; returns how many did. What had ended before keeps its
-- time. By primary key, whatever the planner thinks of a table that was empty a moment ago. What is over moves to the archive, with every column that
-- the table has, also its owner's own; or stays in place where the application needs the row there. Where a name could be a variable or such a
-- column, it is the variable.
DO $define$
DECLARE
  kept    text;  -- columns that move as they are
  of_gone text;
  moves   text := $sql$
      WITH gone AS (
        DELETE FROM ONLY rag_index_queue AS q
         WHERE q.id = ANY (ids) AND q.status = from_status AND (claim IS NULL OR q.token = claim)
        RETURNING q.*
      )
      INSERT INTO rag_index_queue_archive (%1$s, status, updated_at)
      SELECT %2$s, to_status, CASE WHEN from_status = to_status THEN gone.updated_at ELSE now() END FROM gone;$sql$;
  stays   text := $sql$
      UPDATE ONLY rag_index_queue AS q SET status = to_status, worker_id = NULL, updated_at = now()
       WHERE q.id = ANY (ids) AND q.status = from_status AND (claim IS NULL OR q.token = claim) AND from_status <> to_status;$sql$;
BEGIN
  SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum), string_agg('gone.' || quote_ident(attname), ', ' ORDER BY attnum)
    INTO kept, of_gone
    FROM pg_attribute
   WHERE attrelid = 'rag_index_queue'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
     AND attname NOT IN ('status', 'worker_id', 'updated_at');
  EXECUTE format($sql$
    CREATE OR REPLACE FUNCTION rag_finish(ids uuid[], from_status text, claim bigint DEFAULT NULL, to_status text DEFAULT 'done') RETURNS bigint
    LANGUAGE plpgsql SET search_path FROM CURRENT SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off
    SET plan_cache_mode = force_generic_plan AS $body$
    #variable_conflict use_variable
    DECLARE
      finished bigint;
    BEGIN %s
      GET DIAGNOSTICS finished = ROW_COUNT;
      RETURN finished;
    END $body$;
  $sql$, CASE WHEN EXISTS (SELECT FROM rag_dependents()) THEN stays ELSE format(moves, kept, of_gone) END);
END $define$;
