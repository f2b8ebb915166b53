-- Whether anything is left to do but what was requested for a later moment. Served by rag_index_queue_ready and rag_index_queue_later, which running rows stay in.
SELECT EXISTS (SELECT FROM ONLY rag_index_queue WHERE run_at IS NULL AND status IN ('pending', 'running'))
    OR EXISTS (SELECT FROM ONLY rag_index_queue WHERE run_at < 'infinity' AND (status = 'running' OR status = 'pending' AND (run_at <= now() OR token IS NOT NULL)))
