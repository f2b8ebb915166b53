-- A queue whose hot rows stay few and whose status changes touch no index. Waiting, running and failed requests stay in rag_index_queue itself;
-- those that are done move to rag_index_queue_done, which inherits from it, so that whoever reads rag_index_queue sees both.

DO $$
DECLARE
  obstacle text;
BEGIN
  SELECT string_agg(format('%s on %s', conname, conrelid::regclass), ', ') INTO obstacle
    FROM pg_constraint WHERE contype = 'f' AND confrelid = format('%I.rag_index_queue', current_schema())::regclass;
  IF obstacle IS NOT NULL THEN
    RAISE EXCEPTION 'a foreign key refers to rag_index_queue, whose rows move when they are done'
      USING HINT = format('Drop it first: %s.', obstacle);
  END IF;
END $$;

-- UUIDs of version 7 (RFC 9562): those of one moment stand together in the primary key, and so do the rows that a claim takes.
CREATE FUNCTION rag_job_id() RETURNS uuid LANGUAGE sql VOLATILE AS $$
  SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
                                        PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
                                        FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
$$;

DROP INDEX rag_index_queue_ready, rag_index_queue_waiting, rag_index_queue_running, rag_index_queue_source, rag_index_queue_failed;

-- run_at is NULL but for what waits between two attempts. No index names status or token, in a key or a predicate, and each page keeps room for a
-- second version of its rows: so a claim's update is heap-only. A row that ends otherwise leaves the indexes of what waits by `ended`.
ALTER TABLE rag_index_queue ALTER COLUMN run_at DROP NOT NULL, ALTER COLUMN run_at DROP DEFAULT;
-- What an adopted row asks for may be neither upsert nor delete: such rows are over, and stay as they are.
UPDATE rag_index_queue SET run_at = NULL WHERE (status <> 'pending' OR run_at <= now()) AND action IN ('upsert', 'delete');
ALTER TABLE rag_index_queue
  SET (fillfactor = 50),
  ALTER COLUMN id SET DEFAULT rag_job_id(),
  ADD COLUMN ended boolean NOT NULL GENERATED ALWAYS AS (status IN ('done', 'failed')) STORED;

-- rag_claim walks these two.
CREATE INDEX rag_index_queue_ready ON rag_index_queue (priority DESC, created_at, seq) WHERE run_at IS NULL AND NOT ended;
CREATE INDEX rag_index_queue_later ON rag_index_queue (run_at) WHERE run_at IS NOT NULL AND NOT ended;
-- rag_claim finds the other requests of a source; for programs that look at one organization's or source's requests.
CREATE INDEX rag_index_queue_source ON rag_index_queue (organization_id, source_id);
CREATE INDEX rag_index_queue_ended ON rag_index_queue (organization_id, source_type) WHERE ended;

CREATE TABLE rag_index_queue_done () INHERITS (rag_index_queue) WITH (fillfactor = 100);
CREATE INDEX rag_index_queue_done_id ON rag_index_queue_done (id);
CREATE INDEX rag_index_queue_done_source ON rag_index_queue_done (organization_id, source_id);
ALTER TABLE rag_index_queue_done ENABLE ROW LEVEL SECURITY;
CREATE POLICY rag_read ON rag_index_queue_done FOR SELECT USING (organization_id = rag_current_organization());

-- These name every column that the table has by now, also those that were its own before it was adopted.
DO $outer$
DECLARE
  kept text;  -- columns that move as they are
BEGIN
  SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO kept
    FROM pg_attribute
   WHERE attrelid = format('%I.rag_index_queue', current_schema())::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
     AND attname NOT IN ('status', 'worker_id', 'updated_at');

  EXECUTE format($sql$
    WITH gone AS (DELETE FROM ONLY rag_index_queue WHERE status = 'done' AND action IN ('upsert', 'delete') RETURNING *)
    INSERT INTO rag_index_queue_done (%1$s, status, updated_at) SELECT %1$s, status, updated_at FROM gone
  $sql$, kept);

  -- Ends those jobs that still stand in that status, and under that claim where one is named; returns how many did. By primary key, whatever the
  -- planner thinks of a table that was empty a moment ago.
  EXECUTE format($sql$
    CREATE FUNCTION rag_finish(ids uuid[], from_status text, claim bigint DEFAULT NULL) RETURNS bigint
    LANGUAGE plpgsql SET search_path FROM CURRENT SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $body$
    DECLARE
      finished bigint;
    BEGIN
      WITH gone AS (
        DELETE FROM ONLY rag_index_queue AS q
         WHERE q.id = ANY (ids) AND q.status = from_status AND (claim IS NULL OR q.token = claim)
        RETURNING q.*
      )
      INSERT INTO rag_index_queue_done (%1$s, status, updated_at) SELECT %1$s, 'done', now() FROM gone;
      GET DIAGNOSTICS finished = ROW_COUNT;
      RETURN finished;
    END $body$
  $sql$, kept);

  -- Whoever takes a done row's status back makes it a request again.
  EXECUTE format($sql$
    CREATE FUNCTION rag_reopen() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $body$
    BEGIN
      DELETE FROM rag_index_queue_done WHERE id = NEW.id;
      NEW.superseded_by := NULL;
      INSERT INTO rag_index_queue (%1$s, status, updated_at) SELECT %2$s, NEW.status, NEW.updated_at;
      RETURN NULL;
    END $body$
  $sql$, kept, 'NEW.' || replace(kept, ', ', ', NEW.'));
END $outer$;

CREATE TRIGGER rag_reopen AFTER UPDATE ON rag_index_queue_done FOR EACH ROW WHEN (NEW.status <> 'done') EXECUTE FUNCTION rag_reopen();

-- Takes back those of these requests that are done. With the owner's rights, since who enqueues may neither read nor delete.
CREATE FUNCTION rag_drop_repeated(ids uuid[]) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  DELETE FROM ONLY rag_index_queue AS q
   WHERE q.id = ANY (ids) AND q.status = 'pending' AND EXISTS (SELECT FROM rag_index_queue_done AS d WHERE d.id = q.id)
$$;

-- The first of what waits, locked; without `running_too` only of sources that do not run. Returns rows in the order of claims.
CREATE FUNCTION rag_lock_due(most integer, running_too boolean, from_created timestamptz[], from_seq bigint[])
RETURNS TABLE (tid tid, rescues integer) LANGUAGE plpgsql AS $$
BEGIN
  IF from_created IS NULL THEN
    RETURN QUERY
      SELECT q.ctid, q.rescues
        FROM ONLY rag_index_queue AS q
       WHERE q.run_at IS NULL AND NOT q.ended AND q.status = 'pending'
         AND (running_too OR (SELECT true FROM ONLY rag_index_queue AS s
                               WHERE s.organization_id = q.organization_id AND s.source_id = q.source_id
                                 AND s.source_type = q.source_type AND s.status = 'running' LIMIT 1) IS NULL)
       ORDER BY q.priority DESC, q.created_at, q.seq
       LIMIT most
         FOR UPDATE OF q SKIP LOCKED;
    RETURN;
  END IF;
  RETURN QUERY
    SELECT r.ctid, r.rescues
      FROM generate_series(100, 0, -1) AS level (priority),
           LATERAL (SELECT q.ctid, q.rescues
                      FROM ONLY rag_index_queue AS q
                     WHERE q.run_at IS NULL AND NOT q.ended AND q.status = 'pending' AND q.priority = level.priority
                       AND (q.created_at, q.seq) >= (from_created[level.priority + 1], from_seq[level.priority + 1])
                       AND (running_too OR (SELECT true FROM ONLY rag_index_queue AS s
                                             WHERE s.organization_id = q.organization_id AND s.source_id = q.source_id
                                               AND s.source_type = q.source_type AND s.status = 'running' LIMIT 1) IS NULL)
                     ORDER BY q.created_at, q.seq
                     LIMIT most
                       FOR UPDATE OF q SKIP LOCKED) AS r
     LIMIT most;
END $$;

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
-- `from_created` and `from_seq` hold, for priority p at p + 1, where to begin; NULL is everywhere from the start. Only a hint: what waits before it is
-- found by a claim without.
CREATE FUNCTION rag_claim(worker bigint, most integer, from_created timestamptz[] DEFAULT NULL, from_seq bigint[] DEFAULT NULL)
RETURNS TABLE (id uuid, organization_id uuid, source_type text, source_id uuid, action text, priority integer, attempts integer, token bigint,
               head_priority integer, head_created timestamptz, head_seq bigint)
LANGUAGE plpgsql SET search_path FROM CURRENT
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
  this         bigint;  -- the claim's token
  due          tid[];
  first_due    tid;
  suspect      boolean;
  found_due    integer;
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
                WHERE q.run_at IS NOT NULL AND q.run_at <= now() AND NOT q.ended AND q.status = 'pending'
                ORDER BY q.run_at LIMIT most FOR UPDATE SKIP LOCKED);
  IF cardinality(due) > 0 THEN
    UPDATE ONLY rag_index_queue AS q SET run_at = NULL WHERE q.ctid = ANY (due);
  END IF;

  -- Few requests wait for a source that runs: they are looked for only when the first pass met one.
  FOR pass IN 1..2 LOOP
    SELECT array_agg(d.tid) FILTER (WHERE d.rescues = 0), (array_agg(d.tid))[1], coalesce((array_agg(d.rescues))[1] > 0, false), count(*)
      INTO due, first_due, suspect, found_due
      FROM rag_lock_due(most - total, pass = 1, from_created, from_seq) AS d;
    IF suspect AND total = 0 THEN
      due := ARRAY[first_due];
    END IF;
    EXIT WHEN due IS NULL;
    this := coalesce(this, nextval('rag_claim_token'));

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
    EXIT WHEN taken = cardinality(due);

    -- `due` without what now runs: requests with company.
    SELECT array_agg(q.ctid) INTO due FROM ONLY rag_index_queue AS q WHERE q.ctid = ANY (due) AND q.status = 'pending';
    CONTINUE WHEN pass = 1 AND found_due = most AND EXISTS (
      SELECT FROM ONLY rag_index_queue AS q JOIN ONLY rag_index_queue AS s USING (organization_id, source_type, source_id)
       WHERE q.ctid = ANY (due) AND s.status = 'running');

    -- All that wait for these sources, as far as nobody else holds them.
    SELECT array_agg(w.tid) INTO held
      FROM (SELECT s.ctid AS tid
              FROM (SELECT DISTINCT q.organization_id, q.source_type, q.source_id FROM ONLY rag_index_queue AS q WHERE q.ctid = ANY (due)) AS source
              JOIN ONLY rag_index_queue AS s USING (organization_id, source_type, source_id)
             WHERE s.status = 'pending'
               FOR UPDATE OF s SKIP LOCKED) AS w;

    -- In a new snapshot: the sources of which it holds all, and none runs.
    SELECT array_agg(w.newest), array_agg(w.rescues), array_agg(w.priority), array_agg(w.created_at), array_agg(w.seq)
      INTO newest, lost_workers, priorities, moments, places
      FROM (SELECT (array_agg(s.id ORDER BY s.seq DESC))[1] AS newest, max(s.rescues) AS rescues, max(s.priority) FILTER (WHERE d.tid IS NOT NULL) AS priority,
                   (array_agg(s.created_at ORDER BY s.priority DESC, s.created_at, s.seq) FILTER (WHERE d.tid IS NOT NULL))[1] AS created_at,
                   (array_agg(s.seq ORDER BY s.priority DESC, s.created_at, s.seq) FILTER (WHERE d.tid IS NOT NULL))[1] AS seq
              FROM (SELECT DISTINCT q.organization_id, q.source_type, q.source_id FROM ONLY rag_index_queue AS q WHERE q.ctid = ANY (due)) AS source
              JOIN ONLY rag_index_queue AS s USING (organization_id, source_type, source_id)
              LEFT JOIN unnest(held) AS h (tid) ON h.tid = s.ctid
              LEFT JOIN unnest(due) AS d (tid) ON d.tid = s.ctid
             WHERE s.status IN ('pending', 'running')
             GROUP BY s.organization_id, s.source_type, s.source_id
            HAVING bool_and(s.status = 'pending' AND h.tid IS NOT NULL)) AS w;
    EXIT WHEN newest IS NULL;

    WITH older AS (
      UPDATE ONLY rag_index_queue AS s SET superseded_by = n.id
        FROM ONLY rag_index_queue AS n, unnest(held) AS h (tid)
       WHERE n.id = ANY (newest) AND s.organization_id = n.organization_id AND s.source_type = n.source_type AND s.source_id = n.source_id
         AND s.ctid = h.tid AND s.id <> n.id
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
    EXIT;
  END LOOP;
END $$;
