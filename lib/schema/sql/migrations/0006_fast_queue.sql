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
  SELECT string_agg(tgname, ', ') INTO obstacle
    FROM pg_trigger WHERE NOT tgisinternal AND tgtype & 8 <> 0 AND tgrelid = format('%I.rag_index_queue', current_schema())::regclass;
  IF obstacle IS NOT NULL THEN
    RAISE EXCEPTION 'a trigger on DELETE would take a row that moves when it is done for one that is gone'
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

-- What the table refers to, its done rows refer to as well.
DO $$
DECLARE
  reference text;
BEGIN
  FOR reference IN SELECT pg_get_constraintdef(oid) FROM pg_constraint
                    WHERE contype = 'f' AND conrelid = format('%I.rag_index_queue', current_schema())::regclass LOOP
    EXECUTE 'ALTER TABLE rag_index_queue_done ADD ' || reference;
  END LOOP;
END $$;
