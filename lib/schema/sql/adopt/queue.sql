-- An adopted row keeps its meaning: what a dead worker left running is to be done again, and what nobody could run has failed.
ALTER TABLE rag_index_queue
  ADD COLUMN seq           bigint,
  ADD COLUMN run_at        timestamptz,
  ADD COLUMN token         bigint,
  ADD COLUMN worker_id     bigint,
  ADD COLUMN rescues       integer NOT NULL DEFAULT 0,
  ADD COLUMN superseded_by uuid;
CREATE SEQUENCE rag_index_queue_seq;
CREATE SEQUENCE rag_claim_token;

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
  ALTER COLUMN id SET DEFAULT rag_job_id(),
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
  SET (fillfactor = 47);
