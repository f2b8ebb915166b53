-- What is over, done or failed, stands in rag_index_queue_archive, which inherits from rag_index_queue: whoever reads that sees both. An id may come
-- twice, from a program that enqueues it again; so no key tells rows apart to a publication, but all that they hold.
CREATE TABLE rag_index_queue_archive () INHERITS (rag_index_queue) WITH (fillfactor = 100);
ALTER TABLE rag_index_queue_archive REPLICA IDENTITY FULL;
CREATE INDEX rag_index_queue_archive_id ON rag_index_queue_archive (id);
CREATE INDEX rag_index_queue_archive_source ON rag_index_queue_archive (organization_id, source_id);
CREATE INDEX rag_index_queue_failed ON rag_index_queue_archive (organization_id, source_type) WHERE status = 'failed';
CREATE SEQUENCE rag_claim_token OWNED BY rag_index_queue.token;

ALTER TABLE rag_index_queue
  ADD CONSTRAINT rag_index_queue_request CHECK (rag_check_request(source_type, action, status)) NO INHERIT NOT VALID;
CREATE TRIGGER rag_take_defaults BEFORE INSERT ON rag_index_queue FOR EACH ROW
  WHEN (num_nulls(NEW.id, NEW.priority, NEW.status, NEW.attempts, NEW.created_at, NEW.updated_at) > 0 OR NEW.status <> 'pending' OR NEW.rescues <> 0
        OR num_nonnulls(NEW.run_at, NEW.token, NEW.worker_id, NEW.superseded_by) > 0)
  EXECUTE FUNCTION rag_take_defaults();
