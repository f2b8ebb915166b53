-- Of this running job and another request for its source, a pending one, the older is superseded by the newer, which inherits how often it lost a
-- worker. Returns false where there is no other.
CREATE OR REPLACE FUNCTION rag_give_way(job uuid, lost integer) RETURNS boolean LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
#variable_conflict use_variable
DECLARE
  mine  rag_index_queue;
  other rag_index_queue;
BEGIN
  SELECT * INTO mine FROM ONLY rag_index_queue AS q WHERE q.id = job AND q.status = 'running' FOR UPDATE;
  SELECT * INTO other FROM ONLY rag_index_queue AS q
   WHERE q.organization_id = mine.organization_id AND q.source_type = mine.source_type AND q.source_id = mine.source_id AND q.status = 'pending'
   ORDER BY q.seq DESC, q.created_at DESC, q.id DESC LIMIT 1 FOR UPDATE;
  IF other.id IS NULL THEN
    RETURN false;
  END IF;
  IF (other.seq, other.created_at, other.id) < (mine.seq, mine.created_at, mine.id) THEN
    UPDATE ONLY rag_index_queue AS q SET status = 'done', superseded_by = mine.id, updated_at = now() WHERE q.id = other.id;
    PERFORM rag_finish(ARRAY[other.id], 'done');
  ELSE
    UPDATE ONLY rag_index_queue AS q SET rescues = greatest(q.rescues, least(greatest(mine.rescues, 0), 1000) + lost) WHERE q.id = other.id;
    UPDATE ONLY rag_index_queue AS q SET status = 'done', superseded_by = other.id, worker_id = NULL, updated_at = now() WHERE q.id = mine.id;
    PERFORM rag_finish(ARRAY[mine.id], 'done');
  END IF;
  RETURN true;
END $$;
