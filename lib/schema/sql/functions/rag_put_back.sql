-- Makes failed requests pending again, with all their attempts; returns how many are. One that an index of the owner's does not let stand beside the
-- pending one for its source counts as superseded, if that is the newer; else the other does.
CREATE OR REPLACE FUNCTION rag_put_back(ids uuid[]) RETURNS bigint LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
#variable_conflict use_variable
DECLARE
  newer uuid;
BEGIN
  UPDATE rag_index_queue AS q
     SET status = 'pending', superseded_by = NULL, attempts = 0, rescues = 0, run_at = NULL, updated_at = now()
   WHERE q.id = ANY (ids) AND q.status = 'failed';
  RETURN (SELECT count(*) FROM ONLY rag_index_queue AS q WHERE q.id = ANY (ids) AND q.status = 'pending');
EXCEPTION WHEN unique_violation THEN
  IF cardinality(ids) > 1 THEN
    RETURN (SELECT sum(rag_put_back(ARRAY[id])) FROM unnest(ids) AS id);
  END IF;
  newer := rag_supersede(ids[1]);
  IF newer = ids[1] THEN
    RETURN rag_put_back(ids);
  ELSIF newer IS NULL THEN
    RAISE;
  END IF;
  UPDATE rag_index_queue AS q SET status = 'done', superseded_by = newer, updated_at = now() WHERE q.id = ids[1] AND q.status = 'failed';
  RETURN 0;
END $$;
