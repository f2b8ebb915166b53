-- $1 ids, $2 tokens. Gives back unspent; fenced as complete.sql is. Returns the ids of those that the claim still held.
SELECT unnest(rag_leave($1::uuid[], $2::bigint[], 'release'))
