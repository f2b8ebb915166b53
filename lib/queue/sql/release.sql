-- $1 ids, $2 tokens. Gives back unspent; fenced as complete.sql is. Returns the ids of those whose claim was still valid.
SELECT unnest(rag_leave($1::uuid[], $2::bigint[], 'release'))
