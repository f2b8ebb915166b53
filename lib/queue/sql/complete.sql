-- $1 ids, $2 token. Promises: only what still carries the claim's token is acknowledged; it keeps the token, for outcome.sql. By primary key.
-- Returns how many.
SELECT rag_finish($1::uuid[], 'running'::text, $2::bigint)
