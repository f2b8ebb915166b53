-- Of this request, which is to wait again, and the pending one for its source, beside which an index of the owner's does not let it stand: the older is
-- superseded by the newer. Returns the newer's id; NULL where there is no other. If the newer is the other, it is left to the caller to end this one.
CREATE OR REPLACE FUNCTION rag_supersede(job uuid) RETURNS uuid LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
#variable_conflict use_variable
DECLARE
  mine  rag_index_queue;
  other rag_index_queue;
BEGIN
  SELECT * INTO mine FROM rag_index_queue AS q WHERE q.id = job ORDER BY q.seq DESC LIMIT 1;
  SELECT * INTO other FROM ONLY rag_index_queue AS q
   WHERE q.organization_id = mine.organization_id AND q.source_type = mine.source_type AND q.source_id = mine.source_id AND q.status = 'pending'
     AND q.id <> job
   ORDER BY q.seq DESC, q.created_at DESC, q.id DESC LIMIT 1 FOR UPDATE;
  IF (other.seq, other.created_at, other.id) < (mine.seq, mine.created_at, mine.id) THEN
    UPDATE ONLY rag_index_queue AS q SET status = 'done', superseded_by = job, updated_at = now() WHERE q.id = other.id;
    PERFORM rag_finish(ARRAY[other.id], 'done');
    RETURN job;
  END IF;
  RETURN other.id;
END $$;
