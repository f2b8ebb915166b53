-- $1 worker. Its jobs go back unspent. Reads all that waits or runs, as rescue.sql does.
WITH gone AS (
  DELETE FROM rag_workers WHERE id = $1
)
UPDATE ONLY rag_index_queue
   SET status = 'pending', token = NULL, worker_id = NULL, updated_at = now()
 WHERE status = 'running' AND worker_id = $1
