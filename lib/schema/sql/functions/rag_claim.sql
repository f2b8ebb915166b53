-- Claims up to `most` due requests for `worker`, and returns what claim.sql says.
--
-- Promises: the newest request of a source runs and supersedes its older pending ones; highest priority first, then oldest; a job that lost a
-- worker before runs alone, so that if it is the cause it takes no others with it, and a newer request for its source inherits that count; a
-- worker without a lease gets nothing; it waits for nobody.
--
-- One run of a source at a time: a claim takes a source only when it holds the row locks of all its waiting requests and sees none running, in a
-- snapshot taken after it had the locks. Of two claims at once, the one whose snapshot is later sees what the other holds, or has made running,
-- and leaves it. This needs a new snapshot for each statement, hence READ COMMITTED.
--
-- The arrays hold, highest priorities first, where to begin: at a place where one priority stands alone, else at the start; empty ones are all from
-- the start. Only a hint: what waits before it is found by a claim without. Source types in `without` are left alone.
CREATE OR REPLACE FUNCTION rag_claim(worker bigint, most integer, highs integer[] DEFAULT '{}', lows integer[] DEFAULT '{}',
                          from_created timestamptz[] DEFAULT '{}', from_seq bigint[] DEFAULT '{}', without text[] DEFAULT '{}')
RETURNS TABLE (id uuid, organization_id uuid, source_type text, source_id uuid, action text, priority integer, attempts integer, token bigint,
               head_priority integer, head_created timestamptz, head_seq bigint)
LANGUAGE plpgsql SET search_path FROM CURRENT
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_variable
DECLARE
  this         bigint;  -- the token of what a look takes
  due          tid[];
  suspicions   boolean[];  -- of `due`: whether it lost a worker
  first_suspect integer;
  alone        boolean;
  suspects     integer;  -- among what was locked
  behind       tid[] := '{}';  -- locked, behind the first suspect
  blocked      integer;  -- requests that were locked, but cannot be had
  wanted       integer := most;
  out_organizations uuid[] := '{}';  -- sources that cannot be had now
  out_types    text[] := '{}';
  out_ids      uuid[] := '{}';
  organizations uuid[];  -- sources with company
  types        text[];
  sources      uuid[];
  held         tid[];
  taken        integer;
  total        integer := 0;
  newest       uuid[];  -- of each source with more than one request; the next four go with it
  lost_workers integer[];
  priorities   integer[];
  moments      timestamptz[];
  places       bigint[];
  superseded   uuid[];
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'a claim needs a transaction that is READ COMMITTED' USING ERRCODE = 'invalid_transaction_state';
  END IF;
  IF NOT EXISTS (SELECT FROM rag_workers AS w WHERE w.id = worker) THEN
    RETURN;
  END IF;

  -- Whose pause is over waits with the others, at its own place.
  due := ARRAY(SELECT q.ctid FROM ONLY rag_index_queue AS q
                WHERE q.run_at IS NOT NULL AND q.run_at <= now() AND q.status = 'pending'
                ORDER BY q.run_at LIMIT most FOR UPDATE SKIP LOCKED);
  IF cardinality(due) > 0 THEN
    UPDATE ONLY rag_index_queue AS q SET run_at = NULL WHERE q.ctid = ANY (due);
  END IF;

  -- Once, as a rule. Again for as many as turned out to belong to sources that run, or that another session holds a request of; and for what waits
  -- behind a suspect, once it is known that this is not the first that can be had.
  WHILE wanted > 0 LOOP
    IF cardinality(behind) > 0 THEN
      due := behind;
      behind := '{}';
    ELSE
      SELECT array_agg(d.tid), array_agg(d.rescues > 0), count(*) FILTER (WHERE d.rescues > 0) INTO due, suspicions, suspects
        FROM rag_lock_due(wanted, without, out_organizations, out_types, out_ids, highs, lows, from_created, from_seq) AS d;
      EXIT WHEN due IS NULL;
      blocked := 0;
      first_suspect := array_position(suspicions, true);
      alone := total = 0 AND first_suspect = 1;
      IF total = 0 AND first_suspect > 1 THEN
        behind := ARRAY(SELECT d.tid FROM unnest(due[first_suspect :], suspicions[first_suspect :]) AS d (tid, suspect) WHERE NOT d.suspect);
        due := due[: first_suspect - 1];
      ELSIF alone THEN
        due := due[: 1];
      ELSIF first_suspect IS NOT NULL THEN
        due := ARRAY(SELECT d.tid FROM unnest(due, suspicions) AS d (tid, suspect) WHERE NOT d.suspect);
      END IF;
    END IF;
    -- Each look draws its own, once it holds its locks: so a source's tokens rise from run to run, however long a claim took over an earlier look.
    this := nextval('rag_claim_token');

    -- The usual case: nothing else waits or runs for the source.
    RETURN QUERY
      UPDATE ONLY rag_index_queue AS q
         SET status = 'running', token = this, worker_id = worker, updated_at = now()
       WHERE q.ctid = ANY (due)
         AND (SELECT true FROM ONLY rag_index_queue AS s
               WHERE s.organization_id = q.organization_id AND s.source_id = q.source_id AND s.source_type = q.source_type
                 AND s.ctid <> q.ctid AND s.status IN ('pending', 'running') LIMIT 1) IS NULL
      RETURNING q.id, q.organization_id, q.source_type::text, q.source_id, q.action::text, q.priority, q.attempts, q.token,
                q.priority, q.created_at, q.seq;
    GET DIAGNOSTICS taken = ROW_COUNT;
    total := total + taken;
    IF taken < cardinality(due) THEN
      -- `due` without what now runs: requests with company. What runs is left out before the locks of all that waits for it are asked for.
      due := ARRAY(SELECT q.ctid FROM ONLY rag_index_queue AS q WHERE q.ctid = ANY (due) AND q.status = 'pending');
      SELECT array_agg(c.organization_id), array_agg(c.source_type), array_agg(c.source_id)
        INTO organizations, types, sources
        FROM (SELECT DISTINCT q.organization_id, q.source_type::text, q.source_id FROM ONLY rag_index_queue AS q WHERE q.ctid = ANY (due)) AS c
       WHERE (SELECT true FROM ONLY rag_index_queue AS s
               WHERE s.organization_id = c.organization_id AND s.source_id = c.source_id AND s.source_type = c.source_type
                 AND s.status = 'running' LIMIT 1) IS NULL;

      -- All that wait for these sources, as far as nobody else holds them.
      held := ARRAY(SELECT s.ctid
                      FROM unnest(organizations, types, sources) AS source (organization_id, source_type, source_id)
                      JOIN ONLY rag_index_queue AS s USING (organization_id, source_type, source_id)
                     WHERE s.status = 'pending'
                       FOR UPDATE OF s SKIP LOCKED);

      -- In a new snapshot: the sources of which it holds all, and none runs.
      SELECT array_agg(w.newest), array_agg(w.rescues), array_agg(w.priority), array_agg(w.created_at), array_agg(w.seq)
        INTO newest, lost_workers, priorities, moments, places
        FROM (SELECT (array_agg(s.id ORDER BY s.seq DESC))[1] AS newest, max(s.rescues) AS rescues,
                     max(s.priority) FILTER (WHERE s.ctid IN (SELECT unnest(due))) AS priority,
                     (array_agg(s.created_at ORDER BY s.priority DESC, s.created_at, s.seq) FILTER (WHERE s.ctid IN (SELECT unnest(due))))[1] AS created_at,
                     (array_agg(s.seq ORDER BY s.priority DESC, s.created_at, s.seq) FILTER (WHERE s.ctid IN (SELECT unnest(due))))[1] AS seq
                FROM unnest(organizations, types, sources) AS source (organization_id, source_type, source_id)
                JOIN ONLY rag_index_queue AS s USING (organization_id, source_type, source_id)
               WHERE s.status IN ('pending', 'running')
               GROUP BY s.organization_id, s.source_type, s.source_id
              HAVING bool_and(s.status = 'pending' AND s.ctid IN (SELECT unnest(held)))) AS w;

      IF newest IS NOT NULL THEN
        -- IS TRUE keeps the list a hash to look into, and no loop to join.
        WITH older AS (
          UPDATE ONLY rag_index_queue AS s SET superseded_by = n.id
            FROM ONLY rag_index_queue AS n
           WHERE n.id = ANY (newest) AND s.organization_id = n.organization_id AND s.source_type = n.source_type AND s.source_id = n.source_id
             AND (s.ctid IN (SELECT unnest(held))) IS TRUE AND s.id <> n.id
          RETURNING s.id
        )
        SELECT array_agg(older.id) INTO superseded FROM older;
        PERFORM rag_finish(superseded, 'pending');
        RETURN QUERY
          UPDATE ONLY rag_index_queue AS q
             SET status = 'running', token = this, worker_id = worker, rescues = w.rescues, updated_at = now()
            FROM unnest(newest, lost_workers, priorities, moments, places) AS w (id, rescues, priority, created_at, seq)
           WHERE q.id = w.id
          RETURNING q.id, q.organization_id, q.source_type::text, q.source_id, q.action::text, q.priority, q.attempts, q.token,
                    w.priority, w.created_at, w.seq;
        total := total + cardinality(newest);
      END IF;

      -- What of `due` still waits cannot be had now.
      SELECT blocked + coalesce(sum(c.requests), 0), out_organizations || array_agg(c.organization_id), out_types || array_agg(c.source_type),
             out_ids || array_agg(c.source_id)
        INTO blocked, out_organizations, out_types, out_ids
        FROM (SELECT q.organization_id, q.source_type::text, q.source_id, count(*) AS requests
                FROM ONLY rag_index_queue AS q
               WHERE q.ctid = ANY (due) AND q.status = 'pending'
               GROUP BY q.organization_id, q.source_type, q.source_id) AS c;
    END IF;

    EXIT WHEN alone AND total > 0;
    IF total = 0 THEN
      behind := '{}';
      wanted := CASE WHEN blocked > 0 THEN most ELSE 0 END;
    ELSIF cardinality(behind) = 0 THEN
      wanted := CASE WHEN blocked > 0 THEN blocked + suspects ELSE 0 END;
    END IF;
  END LOOP;
END $$;
