-- $1 ids. After enqueue_group.sql was sent again, in its transaction: what has ended already, and so met no conflict, is not asked for twice.
SELECT rag_drop_repeated($1)
