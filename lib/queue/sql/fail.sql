-- $1 ids, $2 tokens, $3 messages, $4 pauses in ms (NULL: failed for good). Fenced as complete.sql is.
-- Returns the ids of those that the claim still held.
SELECT unnest(rag_leave($1::uuid[], $2::bigint[], 'fail', $3::text[], $4::bigint[]))
