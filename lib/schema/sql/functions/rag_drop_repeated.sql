-- Takes back those of these requests that have ended. With the owner's rights, since who enqueues may neither read nor delete; so nothing that
-- others can create comes before pg_catalog and this schema.
DO $define$
BEGIN
  EXECUTE format($sql$
    CREATE OR REPLACE FUNCTION rag_drop_repeated(ids uuid[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, %I, pg_temp AS $body$
      DELETE FROM ONLY rag_index_queue AS q
       WHERE q.id = ANY ($1) AND q.status::text = 'pending' AND EXISTS (SELECT FROM rag_index_queue_ended AS d WHERE d.id = q.id)
    $body$
  $sql$, current_schema());
END $define$;
REVOKE EXECUTE ON FUNCTION rag_drop_repeated(uuid[]) FROM PUBLIC;
