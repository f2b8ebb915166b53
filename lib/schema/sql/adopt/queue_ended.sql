-- Follows tables/queue_ended.sql: what is over moves there, and what the table refers to, its ended rows refer to as well. Columns that the table
-- computes of others, its owner's own, are computed anew.
DO $$
DECLARE
  kept      text;
  reference text;
BEGIN
  SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO kept
    FROM pg_attribute
   WHERE attrelid = format('%I.rag_index_queue', current_schema())::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
  EXECUTE format('WITH gone AS (DELETE FROM ONLY rag_index_queue WHERE status IN (''done'', ''failed'') RETURNING *)
                  INSERT INTO rag_index_queue_ended (%1$s) OVERRIDING SYSTEM VALUE SELECT %1$s FROM gone', kept);
  FOR reference IN SELECT pg_get_constraintdef(oid) FROM pg_constraint
                    WHERE contype = 'f' AND conrelid = format('%I.rag_index_queue', current_schema())::regclass LOOP
    EXECUTE 'ALTER TABLE rag_index_queue_ended ADD ' || reference;
  END LOOP;
END $$;
ALTER TABLE rag_index_queue
  ADD CONSTRAINT rag_index_queue_request CHECK (rag_check_request(source_type, action, priority, status)) NO INHERIT;
