-- $1 ids, $2 tokens, $3 messages, $4 pauses in ms (NULL: failed for good). Fenced as complete.sql is. By primary key.
-- Returns the ids of those that the claim still held.
UPDATE ONLY rag_index_queue AS q
   SET status     = CASE WHEN failure.pause IS NULL THEN 'failed' ELSE 'pending' END,
       attempts   = q.attempts + 1,
       last_error = failure.message,
       run_at     = now() + failure.pause * interval '1 millisecond',
       worker_id = NULL, updated_at = now()
  FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::bigint[]) AS failure (id, token, message, pause)
 WHERE q.id = failure.id AND q.token = failure.token AND q.status = 'running'
RETURNING q.id
