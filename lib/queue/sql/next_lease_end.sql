-- $1 worker. Milliseconds until the first lease of another worker ends, as rescue.sql sees it; NULL: there is no other.
SELECT ceil(extract(epoch FROM min(greatest(heartbeat_at, pg_postmaster_start_time()) + lease) - clock_timestamp()) * 1000)::bigint
  FROM rag_workers
 WHERE id <> $1
