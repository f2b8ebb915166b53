-- $1 first block, $2 block after the last, as in take_over_rows.sql. Moves what is over to the archive, unless jobs finish in place. A TID range scan.
SELECT rag_finish(array_agg(id) FILTER (WHERE status = 'done'), 'done'),
       rag_finish(array_agg(id) FILTER (WHERE status = 'failed'), 'failed', NULL, 'failed')
  FROM (SELECT id, status FROM ONLY rag_index_queue
         WHERE NOT rag_finishes_in_place() AND status IN ('done', 'failed')
           AND ctid >= format('(%s,0)', $1::bigint)::tid AND ctid < format('(%s,0)', $2::bigint)::tid
           FOR UPDATE SKIP LOCKED) AS ended
