-- $1 worker, $2 idle, $3 seconds that its embedder has been down (NULL: it is not), $4 the embedder's last answer in UTF-8; $5 source types that
-- wait, $6 for how many seconds, $7 why, in UTF-8.
-- No row updated: the lease was over, and the worker's jobs were given to others. By primary key.
UPDATE rag_workers
   SET heartbeat_at = clock_timestamp(), idle = $2,
       embedder_down_since = clock_timestamp() - $3::float8 * interval '1 second', embedder_answer = rag_readable($4),
       waiting_sources = (SELECT jsonb_agg(jsonb_build_object('source_type', source_type, 'reason', rag_readable(reason),
                                                              'since', clock_timestamp() - seconds * interval '1 second'))
                            FROM unnest($5::text[], $6::float8[], $7::bytea[]) AS waiting (source_type, seconds, reason))
 WHERE id = $1
