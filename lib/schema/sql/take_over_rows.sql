-- $1 first block, $2 block after the last. Rows that stood in an adopted queue keep their meaning: what waited, or ran under a worker that is gone, may
-- be claimed; what nobody could run has failed; what is over stays as it is, but for NULLs that the table takes no more. A TID range scan.
UPDATE ONLY rag_index_queue AS q
   SET run_at     = CASE WHEN m.waits THEN NULL ELSE q.run_at END,
       action     = CASE WHEN m.waits THEN lower(q.action) ELSE q.action END,
       status     = CASE WHEN m.waits THEN 'pending' WHEN q.status IN ('done', 'failed') THEN q.status ELSE 'failed' END,
       last_error = CASE WHEN m.waits OR q.status IN ('done', 'failed') THEN q.last_error
                         WHEN lower(q.action) NOT IN ('upsert', 'delete') THEN format('unknown action %L when the table was adopted', q.action)
                         ELSE format('unknown status %L when the table was adopted', q.status) END,
       priority   = coalesce(q.priority, 5),
       attempts   = coalesce(q.attempts, 0),
       created_at = coalesce(q.created_at, now()),
       updated_at = coalesce(q.updated_at, now())
  FROM (SELECT w.id, (w.status IS NULL OR w.status IN ('pending', 'running')) AND lower(w.action) IN ('upsert', 'delete') AS waits
          FROM ONLY rag_index_queue AS w
         WHERE w.ctid >= format('(%s,0)', $1::bigint)::tid AND w.ctid < format('(%s,0)', $2::bigint)::tid AND w.seq = 0 AND w.run_at = 'infinity'
           AND (w.status IS NULL OR w.status NOT IN ('done', 'failed') OR num_nulls(w.priority, w.attempts, w.created_at, w.updated_at) > 0)) AS m
 WHERE q.id = m.id
