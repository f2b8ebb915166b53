-- $1 ids, $2 tokens. Promises: only what still carries the claim's token is acknowledged; it keeps the token, for outcome.sql. By primary key.
-- Returns how many.
SELECT rag_finish('running', $1, $2)
