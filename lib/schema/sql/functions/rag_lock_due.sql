-- The first of what waits, locked, but for source types and sources that are to be left out. Returns rows in the order of claims.
CREATE OR REPLACE FUNCTION rag_lock_due(most integer, without text[], out_organizations uuid[], out_types text[], out_ids uuid[], highs integer[], lows integer[], from_created timestamptz[], from_seq bigint[])
RETURNS TABLE (tid tid, rescues integer) LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
  none_out boolean := cardinality(out_ids) = 0;
  all_types boolean := cardinality(without) = 0;
BEGIN
  IF cardinality(highs) = 0 THEN
    RETURN QUERY
      SELECT q.ctid, q.rescues
        FROM ONLY rag_index_queue AS q
       WHERE q.run_at IS NULL AND q.status = 'pending'
         AND (all_types OR q.source_type::text <> ALL (without))
         AND (none_out OR (q.organization_id, q.source_type::text, q.source_id) NOT IN (SELECT * FROM unnest(out_organizations, out_types, out_ids)))
       ORDER BY q.priority DESC, q.created_at, q.seq
       LIMIT most
         FOR UPDATE OF q SKIP LOCKED;
    RETURN;
  END IF;
  -- One priority is begun in the middle, several are not: an index begins at a place only behind an equality.
  RETURN QUERY
    SELECT r.ctid, r.rescues
      FROM unnest(highs, lows, from_created, from_seq) WITH ORDINALITY AS reach (high, low, created, seq, position),
           LATERAL (
             SELECT one.ctid, one.rescues
               FROM (SELECT q.ctid, q.rescues
                       FROM ONLY rag_index_queue AS q
                      WHERE q.run_at IS NULL AND q.status = 'pending' AND reach.high = reach.low
                        AND q.priority = reach.high AND (q.created_at, q.seq) >= (reach.created, reach.seq)
                        AND (all_types OR q.source_type::text <> ALL (without))
                        AND (none_out OR (q.organization_id, q.source_type::text, q.source_id) NOT IN (SELECT * FROM unnest(out_organizations, out_types, out_ids)))
                      ORDER BY q.created_at, q.seq
                      LIMIT most
                        FOR UPDATE OF q SKIP LOCKED) AS one
             UNION ALL
             SELECT several.ctid, several.rescues
               FROM (SELECT q.ctid, q.rescues
                       FROM ONLY rag_index_queue AS q
                      WHERE q.run_at IS NULL AND q.status = 'pending' AND reach.high > reach.low
                        AND q.priority BETWEEN reach.low AND reach.high
                        AND (all_types OR q.source_type::text <> ALL (without))
                        AND (none_out OR (q.organization_id, q.source_type::text, q.source_id) NOT IN (SELECT * FROM unnest(out_organizations, out_types, out_ids)))
                      ORDER BY q.priority DESC, q.created_at, q.seq
                      LIMIT most
                        FOR UPDATE OF q SKIP LOCKED) AS several) AS r
     LIMIT most;
END $$;
