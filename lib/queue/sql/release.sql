-- $1 ids, $2 tokens. Gives back unspent; fenced as complete.sql is. By primary key.
UPDATE ONLY rag_index_queue AS q
   SET status = 'pending', worker_id = NULL, updated_at = now()
  FROM unnest($1::uuid[], $2::bigint[]) AS claimed (id, token)
 WHERE q.id = claimed.id AND q.token = claimed.token AND q.status = 'running'
