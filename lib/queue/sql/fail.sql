-- $1 ids, $2 tokens, $3 messages in UTF-8, $4 pauses in ms (NULL: failed for good). Fenced as complete.sql is.
-- Returns the ids of those whose claim was still valid.
SELECT unnest(rag_leave($1::uuid[], $2::bigint[], 'fail',
                        (SELECT array_agg(rag_readable(m.message) ORDER BY m.place) FROM unnest($3::bytea[]) WITH ORDINALITY AS m (message, place)),
                        $4::bigint[]))
