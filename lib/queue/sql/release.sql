-- $1 ids, $2 tokens, $3 pause in ms. Gives back unspent; fenced as complete.sql is. Returns the ids of those whose claim was still valid.
SELECT unnest(rag_leave($1::uuid[], $2::bigint[], 'release', NULL, array_fill(nullif($3::bigint, 0), ARRAY[cardinality($1)])))
