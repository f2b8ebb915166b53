SELECT w.id, w.host, w.pid,
       extract(epoch FROM clock_timestamp() - w.started_at)::float8,
       extract(epoch FROM clock_timestamp() - w.heartbeat_at)::float8,
       (SELECT count(*)::integer FROM ONLY rag_index_queue AS q WHERE q.status = 'running' AND q.worker_id = w.id),
       w.heartbeat_at + w.lease > clock_timestamp(),
       extract(epoch FROM clock_timestamp() - w.embedder_down_since)::float8, w.embedder_answer
  FROM rag_workers AS w
 ORDER BY w.id
