-- $1 ids. After enqueue_group.sql was sent again, in its transaction: what is done already, and so met no conflict, is not asked for twice.
SELECT rag_drop_repeated($1)
