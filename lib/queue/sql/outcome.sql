-- $1 ids, $2 tokens. What became of claims whose answer was lost: a row keeps the token of the claim that ended it, until another claim or a
-- rescue takes the row over. By primary key.
SELECT q.id, q.status::text, q.attempts
  FROM rag_index_queue AS q
  JOIN unnest($1::uuid[], $2::bigint[]) AS claimed (id, token) ON q.id = claimed.id AND q.token = claimed.token
