-- Asks for every row of this type that is indexed, or that waits or runs: after a TRUNCATE, which tells of no row. Returns how many.
CREATE OR REPLACE FUNCTION rag_recheck(type text) RETURNS bigint LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
#variable_conflict use_variable
DECLARE
  asked bigint;
BEGIN
  INSERT INTO rag_index_queue (organization_id, source_type, source_id, action)
  SELECT d.organization_id, type, d.source_id, 'upsert' FROM rag_documents AS d WHERE d.source_type = type
  UNION
  SELECT q.organization_id, type, q.source_id, 'upsert' FROM ONLY rag_index_queue AS q WHERE q.source_type = type AND q.status IN ('pending', 'running');
  GET DIAGNOSTICS asked = ROW_COUNT;
  RETURN asked;
END $$;
REVOKE EXECUTE ON FUNCTION rag_recheck(text) FROM PUBLIC;
