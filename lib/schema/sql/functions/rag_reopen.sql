-- Whoever takes back the status of an archived row makes it a request again; where the queue does not take it, since the same request waits there, the older
-- of both is superseded. With the owner's rights, since who may update a row may not delete it. Names every column that the table has, also its owner's own.
DO $define$
DECLARE
  kept   text;  -- columns that move as they are
  of_new text;
BEGIN
  SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum), string_agg('NEW.' || quote_ident(attname), ', ' ORDER BY attnum)
    INTO kept, of_new
    FROM pg_attribute
   WHERE attrelid = 'rag_index_queue'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
     AND attname NOT IN ('status', 'worker_id', 'updated_at');
  EXECUTE format($sql$
    CREATE OR REPLACE FUNCTION rag_reopen() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $body$
    DECLARE
      newer uuid := NEW.id;
    BEGIN
      NEW.superseded_by := NULL;
      WHILE newer = NEW.id LOOP
        INSERT INTO rag_index_queue (%1$s, status, updated_at) OVERRIDING SYSTEM VALUE SELECT %2$s, NEW.status, NEW.updated_at
        ON CONFLICT DO NOTHING;
        IF FOUND THEN
          DELETE FROM rag_index_queue_archive WHERE id = NEW.id;
          RETURN NULL;
        END IF;
        newer := rag_supersede(NEW.id);
      END LOOP;
      UPDATE rag_index_queue_archive SET status = 'done', superseded_by = newer WHERE id = NEW.id AND status::text NOT IN ('done', 'failed');
      RETURN NULL;
    END $body$
  $sql$, kept, of_new);
  -- Only where it is missing: to replace it would wait for every transaction that writes, and make all others wait behind it.
  IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = 'rag_reopen' AND tgrelid = 'rag_index_queue_archive'::regclass) THEN
    CREATE TRIGGER rag_reopen AFTER UPDATE ON rag_index_queue_archive FOR EACH ROW WHEN (NEW.status NOT IN ('done', 'failed'))
      EXECUTE FUNCTION rag_reopen();
  END IF;
END $define$;
REVOKE EXECUTE ON FUNCTION rag_reopen() FROM PUBLIC;
