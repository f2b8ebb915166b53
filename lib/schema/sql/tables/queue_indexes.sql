-- rag_claim walks these two, and finds the other requests of a source by the third. A priority outside 0 to 100 counts as the nearest one.
CREATE INDEX rag_index_queue_ready ON rag_index_queue ((-least(greatest(priority, 0), 100)), created_at, seq) WHERE run_at IS NULL;
CREATE INDEX rag_index_queue_later ON rag_index_queue (run_at) WHERE run_at < 'infinity';
CREATE INDEX rag_index_queue_source ON rag_index_queue (organization_id, source_id);
