-- Moves what has ended to rag_index_queue_ended: jobs that failed, and what was ended by hand. Reads all that waits or runs.
WITH ended AS MATERIALIZED (
  SELECT id, status FROM ONLY rag_index_queue WHERE status IN ('done', 'failed') LIMIT 10000 FOR UPDATE SKIP LOCKED
)
SELECT rag_finish(array_agg(id) FILTER (WHERE status = 'done'), 'done'),
       rag_finish(array_agg(id) FILTER (WHERE status = 'failed'), 'failed', NULL, 'failed')
  FROM ended
