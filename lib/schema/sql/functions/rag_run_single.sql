-- Part of rag_claim: has those of these locked requests run for whose source nothing else waits or runs, the usual case.
CREATE OR REPLACE FUNCTION rag_run_single(worker bigint, this bigint, due tid[])
RETURNS TABLE (id uuid, organization_id uuid, source_type text, source_id uuid, action text, priority integer, attempts integer, token bigint,
               head_rank integer, head_created timestamptz, head_seq bigint)
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
#variable_conflict use_variable
BEGIN
  RETURN QUERY
    UPDATE ONLY rag_index_queue AS q
       SET status = 'running', token = this, worker_id = worker, updated_at = now()
     WHERE q.ctid = ANY (due)
       AND (SELECT true FROM ONLY rag_index_queue AS s
             WHERE s.organization_id = q.organization_id AND s.source_id = q.source_id AND s.source_type = q.source_type
               AND s.ctid <> q.ctid AND s.status IN ('pending', 'running') LIMIT 1) IS NULL
    RETURNING q.id, q.organization_id, q.source_type::text, q.source_id, q.action::text, least(greatest(q.priority, 0), 100),
              least(greatest(q.attempts, 0), 1000000), q.token, -least(greatest(q.priority, 0), 100), q.created_at, q.seq;
END $$;
