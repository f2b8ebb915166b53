-- Fails pending rows that are no requests, 10,000 at most. The constraint lets none in, but an owner may have switched it off for a while.
CREATE OR REPLACE FUNCTION rag_refuse() RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  UPDATE ONLY rag_index_queue AS q
     SET status = 'failed', run_at = NULL, updated_at = now(),
         last_error = CASE WHEN q.source_type = '' THEN 'source_type is empty'
                           ELSE format('action is %L, and must be upsert or delete', q.action) END
   WHERE q.ctid = ANY (ARRAY(SELECT r.ctid FROM ONLY rag_index_queue AS r
                              WHERE r.status = 'pending' AND (r.source_type = '' OR r.action NOT IN ('upsert', 'delete'))
                              LIMIT 10000 FOR UPDATE SKIP LOCKED));
END $$;
