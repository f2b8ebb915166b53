-- Whether no job has this id yet. By it a program that may enqueue, and see no row that stands, is told the id of the row that it inserts: the policy
-- is asked before the row is there. With the owner's rights, past the policies.
CREATE OR REPLACE FUNCTION rag_is_new(job uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT NOT EXISTS (SELECT FROM rag_index_queue AS q WHERE q.id = $1)
$$;
REVOKE EXECUTE ON FUNCTION rag_is_new(uuid) FROM PUBLIC;
