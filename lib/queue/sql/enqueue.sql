-- $1 organization, $2 source type, $3 source id, $4 action, $5 priority, $6 id of the job.
-- Promises: one append, in the caller's transaction; waits for no other enqueue and no claim.
-- With their types, so that no function of a like name comes into question.
SELECT rag_enqueue_index($1::uuid, $2::text, $3::uuid, $4::text, $5::integer, $6::uuid)
