SELECT w.id, w.host, w.pid,
       extract(epoch FROM clock_timestamp() - w.started_at)::float8,
       extract(epoch FROM clock_timestamp() - w.heartbeat_at)::float8,
       (SELECT count(*)::integer FROM ONLY rag_index_queue AS q WHERE q.status = 'running' AND q.worker_id = w.id),
       w.heartbeat_at + w.lease > clock_timestamp(),
       extract(epoch FROM clock_timestamp() - w.embedder_down_since)::float8, w.embedder_answer,
       waiting.types, waiting.seconds, waiting.reasons
  FROM rag_workers AS w,
       LATERAL (SELECT array_agg(source_type ORDER BY source_type) AS types, array_agg(reason ORDER BY source_type) AS reasons,
                       array_agg(extract(epoch FROM clock_timestamp() - since)::float8 ORDER BY source_type) AS seconds
                  FROM jsonb_to_recordset(w.waiting_sources) AS one (source_type text, reason text, since timestamptz)) AS waiting
 ORDER BY w.id
