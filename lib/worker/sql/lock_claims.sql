-- $1 ids, $2 names of settings. Promises: a rescue leaves these rows alone until the transaction ends. Returns which still run, by which claim's
-- token, and what session_state.sql does. By primary key.
SELECT q.id, q.token, pg_current_xact_id()::text, pg_backend_pid(),
       ARRAY(SELECT coalesce(current_setting(name, true), '') FROM unnest($2::text[]) WITH ORDINALITY AS s (name, position) ORDER BY position)
  FROM ONLY rag_index_queue AS q
 WHERE q.id = ANY ($1::uuid[]) AND q.status = 'running'
   FOR UPDATE OF q
