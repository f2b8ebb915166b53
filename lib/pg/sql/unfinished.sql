-- Whether anything is left to do. Served by rag_index_queue_ready and rag_index_queue_later, which running rows stay in.
SELECT EXISTS (SELECT FROM ONLY rag_index_queue WHERE run_at IS NULL AND NOT ended)
    OR EXISTS (SELECT FROM ONLY rag_index_queue WHERE run_at IS NOT NULL AND NOT ended)
