-- Requests whose pause between two attempts is over wait with the others again, each at its own place. By rag_index_queue_later.
CREATE OR REPLACE FUNCTION rag_end_pauses(most integer) RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
#variable_conflict use_variable
DECLARE
  due tid[] := ARRAY(SELECT q.ctid FROM ONLY rag_index_queue AS q
                      WHERE q.run_at < 'infinity' AND q.run_at <= now() AND q.status = 'pending'
                      ORDER BY q.run_at LIMIT most FOR UPDATE SKIP LOCKED);
BEGIN
  IF cardinality(due) > 0 THEN
    PERFORM rag_refuse();
    UPDATE ONLY rag_index_queue AS q SET run_at = NULL WHERE q.ctid = ANY (due) AND q.status = 'pending';
  END IF;
END $$;
