-- Jobs in each status, and the age of the oldest pending one. A failed job whose source has been run with success since stands apart; purge.sql keeps
-- what tells of that. It is looked for by rag_index_queue_source, for each failed job.
SELECT count(*) FILTER (WHERE q.status = 'pending'), count(*) FILTER (WHERE q.status = 'running'),
       count(*) FILTER (WHERE q.status = 'done'), count(*) FILTER (WHERE q.status = 'failed'),
       count(*) FILTER (WHERE q.status = 'failed'
                          AND EXISTS (SELECT FROM rag_index_queue AS n
                                       WHERE n.organization_id = q.organization_id AND n.source_type = q.source_type AND n.source_id = q.source_id
                                         AND (n.seq, n.created_at, n.id) > (q.seq, q.created_at, q.id) AND n.status = 'done' AND n.superseded_by IS NULL)),
       extract(epoch FROM clock_timestamp() - min(q.created_at) FILTER (WHERE q.status = 'pending' AND isfinite(q.created_at)))::float8
  FROM rag_index_queue AS q
