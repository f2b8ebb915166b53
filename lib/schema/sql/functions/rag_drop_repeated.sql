-- Takes back those of these requests that have ended. With the owner's rights, since who enqueues may neither read nor delete.
CREATE OR REPLACE FUNCTION rag_drop_repeated(ids uuid[]) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  DELETE FROM ONLY rag_index_queue AS q
   WHERE q.id = ANY ($1) AND q.status::text = 'pending' AND EXISTS (SELECT FROM rag_index_queue_archive AS d WHERE d.id = q.id)
$$;
REVOKE EXECUTE ON FUNCTION rag_drop_repeated(uuid[]) FROM PUBLIC;
