-- The trigger of a queue whose jobs finish in place, before an UPDATE of status: `infinity` in run_at keeps what is over out of the indexes that claims
-- walk, and a status that is set back by hand makes a request again.
CREATE OR REPLACE FUNCTION rag_place() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF NEW.status IN ('done', 'failed') THEN
    NEW.run_at := 'infinity';
  ELSIF OLD.status IN ('done', 'failed') THEN
    NEW.run_at := NULL;
    NEW.superseded_by := NULL;
  END IF;
  RETURN NEW;
END $$;

-- Only where there is something to do: to make a trigger waits for every transaction that writes, and makes all others wait behind it.
DO $$
DECLARE
  stands boolean := EXISTS (SELECT FROM pg_trigger WHERE tgname = 'rag_place' AND tgrelid = 'rag_index_queue'::regclass);
BEGIN
  IF rag_finishes_in_place() AND NOT stands THEN
    CREATE TRIGGER rag_place BEFORE UPDATE OF status ON rag_index_queue FOR EACH ROW WHEN (NEW.status IS DISTINCT FROM OLD.status) EXECUTE FUNCTION rag_place();
  ELSIF NOT rag_finishes_in_place() AND stands THEN
    DROP TRIGGER rag_place ON rag_index_queue;
  END IF;
END $$;
