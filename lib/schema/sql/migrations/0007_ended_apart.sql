-- What is over, done or failed, stands in rag_index_queue_ended; rag_index_queue itself holds what waits or runs, and pays for nothing else.
DROP TRIGGER IF EXISTS rag_reopen ON rag_index_queue_done;
DROP FUNCTION IF EXISTS rag_define_moves(), rag_finish(uuid[], text, bigint);
DROP INDEX rag_index_queue_ready, rag_index_queue_later, rag_index_queue_ended;
ALTER TABLE rag_index_queue
  DROP COLUMN ended,
  DROP CONSTRAINT rag_index_queue_source_type,
  DROP CONSTRAINT rag_index_queue_action,
  DROP CONSTRAINT rag_index_queue_priority,
  DROP CONSTRAINT rag_index_queue_status;
ALTER TABLE rag_index_queue_done RENAME TO rag_index_queue_ended;
ALTER INDEX rag_index_queue_done_id RENAME TO rag_index_queue_ended_id;
ALTER INDEX rag_index_queue_done_source RENAME TO rag_index_queue_ended_source;

-- Columns that the table computes of others, its owner's own, are computed anew.
DO $$
DECLARE
  kept text;
BEGIN
  SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO kept
    FROM pg_attribute
   WHERE attrelid = format('%I.rag_index_queue', current_schema())::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
  EXECUTE format('WITH gone AS (DELETE FROM ONLY rag_index_queue WHERE status IN (''done'', ''failed'') RETURNING *)
                  INSERT INTO rag_index_queue_ended (%1$s) OVERRIDING SYSTEM VALUE SELECT %1$s FROM gone', kept);
END $$;

-- rag_claim walks these two.
CREATE INDEX rag_index_queue_ready ON rag_index_queue (priority DESC, created_at, seq) WHERE run_at IS NULL;
CREATE INDEX rag_index_queue_later ON rag_index_queue (run_at) WHERE run_at IS NOT NULL;
CREATE INDEX rag_index_queue_failed ON rag_index_queue_ended (organization_id, source_type) WHERE status = 'failed';

-- One constraint, and in PL/pgSQL: the server reads the text of a constraint anew for each statement, and this text is short.
CREATE FUNCTION rag_check_request(source_type text, action text, priority integer, status text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  IF source_type <> '' AND action IN ('upsert', 'delete') AND priority BETWEEN 0 AND 100 AND status IN ('pending', 'running', 'done', 'failed') THEN
    RETURN true;
  END IF;
  RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = CASE
    WHEN source_type = '' THEN 'source_type is empty'
    WHEN action NOT IN ('upsert', 'delete') THEN format('action is %L, and must be upsert or delete', action)
    WHEN priority NOT BETWEEN 0 AND 100 THEN format('priority is %s, and must be from 0 to 100', priority)
    ELSE format('status is %L, and must be pending, running, done or failed', status) END;
END $$;
ALTER TABLE rag_index_queue ADD CONSTRAINT rag_index_queue_request CHECK (rag_check_request(source_type, action, priority, status)) NO INHERIT;
