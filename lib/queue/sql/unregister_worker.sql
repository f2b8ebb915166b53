-- $1 worker. Its jobs go back unspent. Reads all that waits or runs, as rescue.sql does.
WITH gone AS (
  DELETE FROM rag_workers WHERE id = $1
)
SELECT rag_leave(array_agg(id), array_agg(token), 'return')
  FROM ONLY rag_index_queue
 WHERE status = 'running' AND (run_at IS NULL OR run_at < 'infinity') AND worker_id = $1
