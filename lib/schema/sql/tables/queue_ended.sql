-- What is over, done or failed, stands in rag_index_queue_ended, which inherits from rag_index_queue: whoever reads that sees both.
CREATE TABLE rag_index_queue_ended () INHERITS (rag_index_queue) WITH (fillfactor = 100);
CREATE INDEX rag_index_queue_ended_id ON rag_index_queue_ended (id);
CREATE INDEX rag_index_queue_ended_source ON rag_index_queue_ended (organization_id, source_id);
CREATE INDEX rag_index_queue_failed ON rag_index_queue_ended (organization_id, source_type) WHERE status = 'failed';
ALTER SEQUENCE rag_index_queue_seq OWNED BY rag_index_queue.seq;
ALTER SEQUENCE rag_claim_token OWNED BY rag_index_queue.token;

-- rag_claim walks these two, and finds the other requests of a source by the third.
CREATE INDEX rag_index_queue_ready ON rag_index_queue (priority DESC, created_at, seq) WHERE run_at IS NULL;
CREATE INDEX rag_index_queue_later ON rag_index_queue (run_at) WHERE run_at IS NOT NULL;
CREATE INDEX rag_index_queue_source ON rag_index_queue (organization_id, source_id);
