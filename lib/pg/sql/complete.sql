-- $1 ids, $2 tokens. Promises: only what still carries the claim's token is acknowledged; it keeps the token, for outcome.sql. By primary key.
UPDATE rag_index_queue AS q
   SET status = 'done', worker_id = NULL, updated_at = now()
  FROM unnest($1::uuid[], $2::bigint[]) AS claimed (id, token)
 WHERE q.id = claimed.id AND q.token = claimed.token AND q.status = 'running'
