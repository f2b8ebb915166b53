-- $1 organization, $2 source type, $3 source id, $4 action, $5 priority, $6 id of the job.
-- Promises: one append, in the caller's transaction; waits for no other enqueue and no claim.
SELECT rag_enqueue_index($1, $2, $3, $4, $5, $6)
