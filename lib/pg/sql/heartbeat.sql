-- $1 worker, $2 idle. No row updated: the lease was over, and the worker's jobs were given to others.
UPDATE rag_workers SET heartbeat_at = clock_timestamp(), idle = $2 WHERE id = $1
