-- Follows tables/queue_archive.sql: what the table refers to, its archived rows refer to as well.
DO $$
DECLARE
  reference text;
BEGIN
  FOR reference IN SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND conrelid = 'rag_index_queue'::regclass LOOP
    EXECUTE 'ALTER TABLE rag_index_queue_archive ADD ' || reference;
  END LOOP;
END $$;
