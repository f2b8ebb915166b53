-- $1 ids. A commit whose connection was lost may still be under way on the server: until it is over, it holds the locks of these rows.
-- By primary key.
SELECT FROM ONLY rag_index_queue WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE
