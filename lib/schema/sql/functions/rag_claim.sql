-- Claims up to `most` due requests for `worker`, and returns what claim.sql says.
--
-- Promises: the newest request of a source runs and supersedes its older pending ones; highest priority first, then oldest; a job that lost a
-- worker before runs alone, when nothing else can be had, so that if it is the cause it takes no others with it, and a newer request for its source
-- inherits that count; a row that is no request fails, and stops no other; a worker without a lease gets nothing; it waits for nobody.
--
-- One run of a source at a time: a claim takes a source only when it holds the row locks of all its waiting requests and sees none running, in a
-- snapshot taken after it had the locks. Of two claims at once, the one whose snapshot is later sees what the other holds, or has made running,
-- and leaves it. This needs a new snapshot for each statement, hence READ COMMITTED.
--
-- It begins to look at a place in the order of claims, which is only a hint: what waits before it is found by a claim from the start. Source types
-- in `without` are left alone.
CREATE OR REPLACE FUNCTION rag_claim(worker bigint, most integer, without text[] DEFAULT '{}', from_rank integer DEFAULT -2147483648,
                                     from_created timestamptz DEFAULT '-infinity', from_seq bigint DEFAULT -9223372036854775808)
RETURNS TABLE (id uuid, organization_id uuid, source_type text, source_id uuid, action text, priority integer, attempts integer, token bigint,
               head_rank integer, head_created timestamptz, head_seq bigint)
LANGUAGE plpgsql SET search_path FROM CURRENT
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_variable
DECLARE
  this     bigint;  -- the token of what a look takes
  due      tid[];
  rescued boolean := false;
  wanted   integer := most;
  all_good boolean;
  taken    integer;
  total    integer := 0;
  skipped  text[] := '{}';  -- sources that cannot be had now
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'a claim needs a transaction that is READ COMMITTED' USING ERRCODE = 'invalid_transaction_state';
  END IF;
  IF NOT EXISTS (SELECT FROM rag_workers AS w WHERE w.id = worker) THEN
    RETURN;
  END IF;
  PERFORM rag_end_pauses(most);

  -- Once, as a rule. Again for as many as turned out to belong to sources that run, or that another session holds a request of.
  WHILE wanted > 0 LOOP
    SELECT array_agg(l.tid), bool_and(l.is_request) INTO due, all_good
      FROM rag_lock_pending(wanted, rescued, without, skipped, from_rank, from_created, from_seq) AS l;
    IF due IS NULL THEN
      EXIT WHEN rescued OR total > 0 OR from_rank > -2147483648;
      rescued := true;
      wanted := 1;
      skipped := '{}';
    ELSIF NOT all_good THEN
      PERFORM rag_refuse();
    ELSE
      -- Each look draws its own, once it holds its locks: so a source's tokens rise from run to run, however long a claim took over an earlier look.
      this := nextval('rag_claim_token');
      RETURN QUERY SELECT * FROM rag_run_single(worker, this, due);
      GET DIAGNOSTICS taken = ROW_COUNT;
      total := total + taken;
      wanted := 0;
      IF taken < cardinality(due) THEN
        RETURN QUERY SELECT * FROM rag_run_newest(worker, this, due, rescued);
        GET DIAGNOSTICS taken = ROW_COUNT;
        total := total + taken;
        SELECT skipped || coalesce(array_agg(b.source), '{}'), coalesce(sum(b.requests), 0) INTO skipped, wanted
          FROM (SELECT concat(q.organization_id, q.source_id, q.source_type) AS source, count(*) AS requests
                  FROM ONLY rag_index_queue AS q WHERE q.ctid = ANY (due) AND q.status = 'pending' GROUP BY 1) AS b;
        EXIT WHEN rescued AND total > 0;
      END IF;
    END IF;
  END LOOP;
END $$;
