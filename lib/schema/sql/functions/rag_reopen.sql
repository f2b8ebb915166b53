-- Whoever takes back the status of a row that has ended makes it a request again. With the owner's rights, since who may update a row may not delete
-- it; so nothing that others can create comes before pg_catalog and this schema. Names every column that the table has, also its owner's own.
DO $define$
DECLARE
  kept   text;  -- columns that move as they are
  of_new text;
BEGIN
  SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum), string_agg('NEW.' || quote_ident(attname), ', ' ORDER BY attnum)
    INTO kept, of_new
    FROM pg_attribute
   WHERE attrelid = format('%I.rag_index_queue', current_schema())::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
     AND attname NOT IN ('status', 'worker_id', 'updated_at');
  EXECUTE format($sql$
    CREATE OR REPLACE FUNCTION rag_reopen() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, %3$I, pg_temp AS $body$
    BEGIN
      DELETE FROM rag_index_queue_ended WHERE id = NEW.id;
      NEW.superseded_by := NULL;
      INSERT INTO rag_index_queue (%1$s, status, updated_at) OVERRIDING SYSTEM VALUE SELECT %2$s, NEW.status, NEW.updated_at
      ON CONFLICT DO NOTHING;
      RETURN NULL;
    END $body$
  $sql$, kept, of_new, current_schema());
  -- Only where it is missing: to replace it would wait for every transaction that writes, and make all others wait behind it.
  IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = 'rag_reopen' AND tgrelid = format('%I.rag_index_queue_ended', current_schema())::regclass) THEN
    CREATE TRIGGER rag_reopen AFTER UPDATE ON rag_index_queue_ended FOR EACH ROW WHEN (NEW.status NOT IN ('done', 'failed'))
      EXECUTE FUNCTION rag_reopen();
  END IF;
END $define$;
REVOKE EXECUTE ON FUNCTION rag_reopen() FROM PUBLIC;
