-- $1 worker, $2 idle, $3 seconds that its embedder has been down (NULL: it is not), $4 the embedder's last answer.
-- No row updated: the lease was over, and the worker's jobs were given to others. By primary key.
UPDATE rag_workers
   SET heartbeat_at = clock_timestamp(), idle = $2,
       embedder_down_since = clock_timestamp() - $3::float8 * interval '1 second', embedder_answer = $4
 WHERE id = $1
