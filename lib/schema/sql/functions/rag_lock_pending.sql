-- The first pending requests from a place on, locked, in the order of claims: those that lost no worker, or (rescued) those that did; without some
-- source types, and without the sources in `skipped`. Returns where each row is, and whether it is a request at all. By rag_index_queue_ready.
CREATE OR REPLACE FUNCTION rag_lock_pending(most integer, rescued boolean, without text[], skipped text[], from_rank integer, from_created timestamptz, from_seq bigint)
RETURNS TABLE (tid tid, is_request boolean) LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
#variable_conflict use_variable
DECLARE
  all_types   boolean := cardinality(without) = 0;
  all_sources boolean := cardinality(skipped) = 0;
BEGIN
  RETURN QUERY
    SELECT q.ctid, q.source_type <> '' AND q.action IN ('upsert', 'delete')
      FROM ONLY rag_index_queue AS q
     WHERE q.run_at IS NULL AND q.status = 'pending'
       AND (q.rescues > 0) = rescued
       AND (-least(greatest(q.priority, 0), 100), q.created_at, q.seq) >= (from_rank, from_created, from_seq)
       AND (all_types OR q.source_type::text <> ALL (without))
       AND (all_sources OR concat(q.organization_id, q.source_id, q.source_type) <> ALL (skipped))
     ORDER BY -least(greatest(q.priority, 0), 100), q.created_at, q.seq
     LIMIT most
       FOR UPDATE OF q SKIP LOCKED;
END $$;
