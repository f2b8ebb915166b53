-- Whether anything is left to do. Served by the partial indexes of pending and running rows.
SELECT EXISTS (SELECT FROM rag_index_queue WHERE status = 'pending')
    OR EXISTS (SELECT FROM rag_index_queue WHERE status = 'running')
