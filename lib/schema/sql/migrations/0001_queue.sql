-- The queue: the promised table, created or adopted, and what ragqueue keeps beside its promised columns.

CREATE TABLE rag_schema (
  version    integer PRIMARY KEY,
  applied_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS rag_index_queue (
  id              uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  source_type     varchar(50) NOT NULL,
  source_id       uuid NOT NULL,
  action          varchar(20) NOT NULL,
  priority        integer,
  status          varchar(20),
  attempts        integer,
  last_error      text,
  created_at      timestamptz,
  updated_at      timestamptz
);

-- A table that stood before is adopted only if it can keep the promises; each refusal names what is in the way.
DO $$
DECLARE
  queue    regclass := format('%I.rag_index_queue', current_schema())::regclass;
  mismatch text;
  obstacle text;
BEGIN
  SELECT string_agg(format('%s must be %s but is %s', promised.name, promised.type, coalesce(present.type, 'missing')), ', ')
    INTO mismatch
    FROM (VALUES ('id', 'uuid'), ('organization_id', 'uuid'), ('source_type', 'text'), ('source_id', 'uuid'), ('action', 'text'),
                 ('priority', 'integer'), ('status', 'text'), ('attempts', 'integer'), ('last_error', 'text'),
                 ('created_at', 'timestamp with time zone'), ('updated_at', 'timestamp with time zone')) AS promised (name, type)
    LEFT JOIN (SELECT attname, CASE atttypid WHEN 'varchar'::regtype THEN 'text' ELSE atttypid::regtype::text END AS type
                 FROM pg_attribute WHERE attrelid = queue AND attnum > 0 AND NOT attisdropped) AS present
      ON present.attname = promised.name
   WHERE present.type IS DISTINCT FROM promised.type;
  IF mismatch IS NOT NULL THEN
    RAISE EXCEPTION 'the rag_index_queue that already stands cannot be adopted: %', mismatch;
  END IF;

  SELECT string_agg(indexrelid::regclass::text, ', ') INTO obstacle
    FROM pg_index WHERE indrelid = queue AND indisunique AND NOT indisprimary;
  IF obstacle IS NOT NULL THEN
    RAISE EXCEPTION 'the rag_index_queue that already stands cannot be adopted: a unique index makes an enqueue wait for its neighbours'
      USING HINT = format('Drop it first: %s.', obstacle);
  END IF;

  SELECT string_agg(format('%s on %s', conname, conrelid::regclass), ', ') INTO obstacle
    FROM pg_constraint WHERE contype = 'f' AND confrelid = queue;
  IF obstacle IS NOT NULL THEN
    RAISE EXCEPTION 'the rag_index_queue that already stands cannot be adopted: a foreign key refers to it, whose rows move when they are done'
      USING HINT = format('Drop it first: %s.', obstacle);
  END IF;

  SELECT string_agg(tgname, ', ') INTO obstacle FROM pg_trigger WHERE NOT tgisinternal AND tgtype & 8 <> 0 AND tgrelid = queue;
  IF obstacle IS NOT NULL THEN
    RAISE EXCEPTION 'the rag_index_queue that already stands cannot be adopted: a trigger on DELETE would take a row that moves for one that is gone'
      USING HINT = format('Drop it first: %s.', obstacle);
  END IF;

  EXECUTE format('SELECT count(*)::text FROM %s WHERE id IS NULL OR organization_id IS NULL OR source_type IS NULL OR source_id IS NULL '
                 'OR action IS NULL OR length(source_type) NOT BETWEEN 1 AND 50', queue) INTO obstacle;
  IF obstacle <> '0' THEN
    RAISE EXCEPTION 'the rag_index_queue that already stands cannot be adopted: % rows name no source', obstacle
      USING HINT = 'Mend or delete the rows whose id, organization_id, source_type, source_id or action is NULL or empty.';
  END IF;

  IF NOT EXISTS (SELECT FROM pg_index WHERE indrelid = queue AND indisprimary) THEN
    EXECUTE format('ALTER TABLE %s ADD PRIMARY KEY (id)', queue);
  END IF;
END $$;

ALTER TABLE rag_index_queue
  ADD COLUMN seq           bigint,                            -- order of arrival
  ADD COLUMN run_at        timestamptz NOT NULL DEFAULT '-infinity',  -- not before; only a retry sets it, so no clock can hide a request
  ADD COLUMN token         bigint,                            -- the fence of the claim that runs it
  ADD COLUMN worker_id     bigint,                            -- the lease that it runs under
  ADD COLUMN rescues       integer NOT NULL DEFAULT 0,        -- workers that vanished while running it
  ADD COLUMN superseded_by uuid;                              -- the newer request whose run served this one too

CREATE SEQUENCE rag_index_queue_seq OWNED BY rag_index_queue.seq;
CREATE SEQUENCE rag_claim_token OWNED BY rag_index_queue.token;

-- An adopted row keeps its meaning: what a dead worker left running is to be done again, and what nobody could run has failed.
UPDATE rag_index_queue AS q
   SET seq        = arrival.n,
       action     = lower(q.action),
       priority   = least(greatest(coalesce(q.priority, 5), 0), 100),
       attempts   = greatest(coalesce(q.attempts, 0), 0),
       created_at = coalesce(q.created_at, now()),
       updated_at = coalesce(q.updated_at, now()),
       status     = CASE WHEN q.status IN ('done', 'failed') THEN q.status
                         WHEN lower(q.action) NOT IN ('upsert', 'delete') THEN 'failed'
                         WHEN q.status IS NULL OR q.status IN ('pending', 'running') THEN 'pending'
                         ELSE 'failed' END,
       last_error = CASE WHEN q.status IN ('done', 'failed') THEN q.last_error
                         WHEN lower(q.action) NOT IN ('upsert', 'delete') THEN format('unknown action %L when the table was adopted', q.action)
                         WHEN q.status NOT IN ('pending', 'running') THEN format('unknown status %L when the table was adopted', q.status)
                         ELSE q.last_error END
  FROM (SELECT id, row_number() OVER (ORDER BY created_at, id) AS n FROM rag_index_queue) AS arrival
 WHERE arrival.id = q.id;

SELECT setval('rag_index_queue_seq', greatest((SELECT max(seq) FROM rag_index_queue), 1));

-- What is neither upsert nor delete stays as history, and is accepted from nobody any more.
ALTER TABLE rag_index_queue
  ALTER COLUMN id SET DEFAULT gen_random_uuid(),
  ALTER COLUMN organization_id SET NOT NULL,
  ALTER COLUMN source_type SET NOT NULL,
  ALTER COLUMN source_type TYPE varchar(50),
  ALTER COLUMN source_id SET NOT NULL,
  ALTER COLUMN action SET NOT NULL,
  ALTER COLUMN priority SET DEFAULT 5,
  ALTER COLUMN priority SET NOT NULL,
  ALTER COLUMN status SET DEFAULT 'pending',
  ALTER COLUMN status SET NOT NULL,
  ALTER COLUMN attempts SET DEFAULT 0,
  ALTER COLUMN attempts SET NOT NULL,
  ALTER COLUMN created_at SET DEFAULT now(),
  ALTER COLUMN created_at SET NOT NULL,
  ALTER COLUMN updated_at SET DEFAULT now(),
  ALTER COLUMN updated_at SET NOT NULL,
  ALTER COLUMN seq SET DEFAULT nextval('rag_index_queue_seq'),
  ALTER COLUMN seq SET NOT NULL,
  ADD CONSTRAINT rag_index_queue_source_type CHECK (source_type <> ''),
  ADD CONSTRAINT rag_index_queue_action CHECK (action IN ('upsert', 'delete')) NOT VALID,
  ADD CONSTRAINT rag_index_queue_priority CHECK (priority BETWEEN 0 AND 100),
  ADD CONSTRAINT rag_index_queue_status CHECK (status IN ('pending', 'running', 'done', 'failed'));

-- claim.sql walks this one.
CREATE INDEX rag_index_queue_ready ON rag_index_queue (priority DESC, created_at, seq) WHERE status = 'pending';
-- claim.sql finds the other pending requests of a source.
CREATE INDEX rag_index_queue_waiting ON rag_index_queue (organization_id, source_type, source_id) WHERE status = 'pending';
-- At most one run of a source at a time: the database itself says no to a second.
CREATE UNIQUE INDEX rag_index_queue_running ON rag_index_queue (organization_id, source_type, source_id) WHERE status = 'running';
-- For programs that look at one organization's or source's requests; retry_failed.sql and rebuild.sql ask for newer ones.
CREATE INDEX rag_index_queue_source ON rag_index_queue (organization_id, source_type, source_id, seq);
CREATE INDEX rag_index_queue_failed ON rag_index_queue (organization_id, source_type) WHERE status = 'failed';

-- One row for each worker process: the lease under which its jobs run.
CREATE TABLE rag_workers (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  host         text NOT NULL,
  pid          integer NOT NULL,
  idle         boolean NOT NULL DEFAULT false,
  lease        interval NOT NULL,
  started_at   timestamptz NOT NULL DEFAULT now(),
  heartbeat_at timestamptz NOT NULL DEFAULT now()
);
