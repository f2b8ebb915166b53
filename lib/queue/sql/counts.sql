-- Rows in each status, and the age of the oldest pending one.
SELECT count(*) FILTER (WHERE status = 'pending'), count(*) FILTER (WHERE status = 'running'),
       count(*) FILTER (WHERE status = 'done'), count(*) FILTER (WHERE status = 'failed'),
       extract(epoch FROM clock_timestamp() - min(created_at) FILTER (WHERE status = 'pending'))::float8
  FROM rag_index_queue
