-- Wakes a sleeping worker, if there is one: NOTIFY serializes the commits that use it. Not where transactions may be prepared for two-phase commit,
-- which PostgreSQL refuses after a NOTIFY: there workers find what they poll for.
CREATE OR REPLACE FUNCTION rag_notify_idle() RETURNS void LANGUAGE sql SET search_path FROM CURRENT AS $$
  SELECT pg_notify('rag_index_queue', '')
   WHERE current_setting('max_prepared_transactions') = '0'
     AND EXISTS (SELECT FROM rag_workers AS w WHERE w.idle AND w.heartbeat_at + w.lease > now())
$$;
REVOKE EXECUTE ON FUNCTION rag_notify_idle() FROM PUBLIC;
