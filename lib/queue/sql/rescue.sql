-- Promises: jobs of workers whose lease is over, by the database's clock alone, are pending again, unspent. While the server was down
-- nobody could send a heartbeat, so that time does not count. So are rows that no claim made running. A job whose workers vanish
-- again and again is taken for the cause and fails. Rows that a late acknowledgement holds locked are left for the next round.
-- Reads all that waits or runs: an index that told running rows would be touched by every claim. Returns the ids.
WITH dead AS (
  DELETE FROM rag_workers WHERE greatest(heartbeat_at, pg_postmaster_start_time()) + lease < clock_timestamp() RETURNING id
), orphan AS MATERIALIZED (
  SELECT q.id, q.token
    FROM ONLY rag_index_queue AS q
   WHERE q.status = 'running' AND (q.run_at IS NULL OR q.run_at < 'infinity')
     AND (q.token IS NULL OR q.worker_id IN (SELECT id FROM dead) OR NOT EXISTS (SELECT FROM rag_workers AS w WHERE w.id = q.worker_id))
     FOR UPDATE OF q SKIP LOCKED
)
SELECT unnest(rag_leave(array_agg(id), array_agg(token), 'rescue')) FROM orphan
