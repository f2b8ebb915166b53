-- $1 organization, $2 source type, $3 source id, $4 action, $5 priority, $6 id of the job, $7 the moment before which it is not due.
-- As enqueue.sql.
SELECT rag_enqueue_at($1::uuid, $2::text, $3::uuid, $4::text, $5::integer, $6::uuid, $7::timestamptz)
