-- Moves what has ended to the archive: jobs that failed, and what was ended by hand; not where jobs finish in place. What waits longer than any pause
-- lasts, because of a clock or a hand, waits no more. Reads all that waits or runs.
WITH ended AS MATERIALIZED (
  SELECT id, status FROM ONLY rag_index_queue
   WHERE NOT rag_finishes_in_place() AND status IN ('done', 'failed') LIMIT 10000 FOR UPDATE SKIP LOCKED
), forgotten AS MATERIALIZED (
  SELECT ctid FROM ONLY rag_index_queue
   WHERE status IN ('pending', 'running')
     AND (run_at < 'infinity' AND run_at > now() + interval '8 days' OR NOT rag_finishes_in_place() AND run_at = 'infinity')
   LIMIT 10000 FOR UPDATE SKIP LOCKED
), due AS (
  UPDATE ONLY rag_index_queue SET run_at = NULL WHERE ctid = ANY (ARRAY(SELECT ctid FROM forgotten))
)
SELECT rag_finish(array_agg(id) FILTER (WHERE status = 'done'), 'done'),
       rag_finish(array_agg(id) FILTER (WHERE status = 'failed'), 'failed', NULL, 'failed')
  FROM ended
