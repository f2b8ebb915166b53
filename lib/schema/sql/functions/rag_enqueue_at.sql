-- One append of a request that is due at a later moment, as rag_enqueue_index is one that is due at once. It tells no worker: those look for what has
-- become due by themselves.
CREATE OR REPLACE FUNCTION rag_enqueue_at(organization_id uuid, source_type text, source_id uuid, action text, priority integer, job uuid, run_at timestamptz)
RETURNS uuid LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO rag_index_queue (id, organization_id, source_type, source_id, action, priority, run_at) VALUES ($6, $1, $2, $3, $4, $5, $7);
  RETURN $6;
END $$;
