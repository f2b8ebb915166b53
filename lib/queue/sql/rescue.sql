-- Promises: jobs of workers whose lease is over, by the database's clock alone, are pending again, unspent. While the server was down
-- nobody could send a heartbeat, so that time does not count. A job whose workers vanish
-- again and again is taken for the cause and fails. Rows that a late acknowledgement holds locked are left for the next round.
-- Reads all that waits or runs: an index that told running rows would be touched by every claim.
WITH dead AS (
  DELETE FROM rag_workers WHERE greatest(heartbeat_at, pg_postmaster_start_time()) + lease < clock_timestamp() RETURNING id
), orphan AS MATERIALIZED (
  SELECT q.id, q.rescues + 1 >= 5 AS is_cause
    FROM ONLY rag_index_queue AS q
   WHERE q.status = 'running'
     AND (q.worker_id IN (SELECT id FROM dead) OR NOT EXISTS (SELECT FROM rag_workers AS w WHERE w.id = q.worker_id))
     FOR UPDATE OF q SKIP LOCKED
)
UPDATE ONLY rag_index_queue AS q
   SET status     = CASE WHEN orphan.is_cause THEN 'failed' ELSE 'pending' END,
       last_error = CASE WHEN orphan.is_cause THEN format('its workers vanished %s times while running it', q.rescues + 1)
                         ELSE q.last_error END,
       rescues = q.rescues + 1, token = NULL, worker_id = NULL, updated_at = now()
  FROM orphan
 WHERE q.id = orphan.id
