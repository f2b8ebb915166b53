-- Promises: one append, in the caller's transaction; waits for no other enqueue and no claim.
SELECT rag_enqueue_index($1, $2, $3, $4, $5)
