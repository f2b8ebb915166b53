-- $1 ids, $2 tokens. Which of these claims still hold; after LostClaim, the others are gone.
SELECT q.id
  FROM ONLY rag_index_queue AS q
  JOIN unnest($1::uuid[], $2::bigint[]) AS claimed (id, token) ON q.id = claimed.id AND q.token = claimed.token
 WHERE q.status = 'running'
