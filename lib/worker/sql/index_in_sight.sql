-- $1 the message of an error, $2 whether it tells of a missing right. Whether it names a table of the index that this session finds, and has that
-- right to. What row-level security refuses is a missing right as well, which tells nothing.
SELECT EXISTS (SELECT FROM unnest('{rag_documents,rag_chunks,rag_nodes,rag_edges}'::text[]) AS name, to_regclass(name) AS relation
                WHERE position(name IN $1) > 0 AND has_table_privilege(relation, 'INSERT') AND has_table_privilege(relation, 'SELECT')
                  AND NOT ($2::boolean AND row_security_active(relation)))
