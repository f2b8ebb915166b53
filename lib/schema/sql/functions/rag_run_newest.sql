-- Part of rag_claim: of the sources of those of these locked requests that are still pending, has the newest request run, at the place of the most
-- urgent one, and the older ones superseded, where the claim can have all. A source with a request that lost a worker is for a look at rescued jobs. A request
-- that was made for a later moment, and has never run, takes no part before then; one that waits to run again does.
CREATE OR REPLACE FUNCTION rag_run_newest(worker bigint, this bigint, due tid[], rescued boolean)
RETURNS TABLE (id uuid, organization_id uuid, source_type text, source_id uuid, action text, priority integer, attempts integer, token bigint,
               head_rank integer, head_created timestamptz, head_seq bigint)
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
#variable_conflict use_variable
DECLARE
  sources    uuid[];  -- a request of each source
  locked       tid[];
  newest     uuid[];  -- of each source that can be had; the next four go with it
  lost       integer[];
  ranks      integer[];
  moments    timestamptz[];
  places     bigint[];
  superseded uuid[];
BEGIN
  -- What runs is left out before the locks of all that waits for it are asked for.
  sources := ARRAY(SELECT (array_agg(q.id))[1] FROM ONLY rag_index_queue AS q
                    WHERE q.ctid = ANY (due) AND q.status = 'pending'
                      AND (SELECT true FROM ONLY rag_index_queue AS s
                            WHERE s.organization_id = q.organization_id AND s.source_id = q.source_id AND s.source_type = q.source_type
                              AND s.status = 'running' LIMIT 1) IS NULL
                    GROUP BY q.organization_id, q.source_type, q.source_id);
  locked := ARRAY(SELECT s.ctid FROM ONLY rag_index_queue AS q JOIN ONLY rag_index_queue AS s USING (organization_id, source_type, source_id)
                 WHERE q.id = ANY (sources) AND s.status = 'pending' AND s.action IN ('upsert', 'delete')
                   AND (s.run_at > now() AND s.token IS NULL) IS NOT TRUE
                   FOR UPDATE OF s SKIP LOCKED);

  -- In a new snapshot: the sources of which it holds all, and none runs.
  SELECT array_agg(w.newest), array_agg(w.lost), array_agg(w.rank), array_agg(w.created), array_agg(w.seq)
    INTO newest, lost, ranks, moments, places
    FROM (SELECT (array_agg(s.id ORDER BY s.seq DESC, s.created_at DESC, s.id DESC))[1] AS newest, max(s.rescues) AS lost,
                 min(h.rank) AS rank, (array_agg(s.created_at ORDER BY h.rank, s.created_at, s.seq))[1] AS created,
                 (array_agg(s.seq ORDER BY h.rank, s.created_at, s.seq))[1] AS seq
            FROM ONLY rag_index_queue AS q JOIN ONLY rag_index_queue AS s USING (organization_id, source_type, source_id),
                 LATERAL (SELECT CASE WHEN s.ctid IN (SELECT unnest(due)) THEN -least(greatest(s.priority, 0), 100) END AS rank) AS h
           WHERE q.id = ANY (sources) AND (s.status = 'running' OR s.status = 'pending' AND s.action IN ('upsert', 'delete')
                                                                 AND (s.run_at > now() AND s.token IS NULL) IS NOT TRUE)
           GROUP BY s.organization_id, s.source_type, s.source_id
          HAVING bool_and(s.status = 'pending' AND s.ctid IN (SELECT unnest(locked))) AND (rescued OR max(s.rescues) <= 0)) AS w;
  IF newest IS NULL THEN
    RETURN;
  END IF;

  -- IS TRUE keeps the list a hash to look into, and no loop to join.
  WITH older AS (
    UPDATE ONLY rag_index_queue AS s SET status = 'done', superseded_by = n.id, updated_at = now()
      FROM ONLY rag_index_queue AS n
     WHERE n.id = ANY (newest) AND s.organization_id = n.organization_id AND s.source_type = n.source_type AND s.source_id = n.source_id
       AND (s.ctid IN (SELECT unnest(locked))) IS TRUE AND s.id <> n.id
    RETURNING s.id
  )
  SELECT array_agg(older.id) INTO superseded FROM older;
  PERFORM rag_finish(superseded, 'done');
  RETURN QUERY
    UPDATE ONLY rag_index_queue AS q
       SET status = 'running', token = this, worker_id = worker, rescues = w.lost, run_at = NULL, updated_at = now()
      FROM unnest(newest, lost, ranks, moments, places) AS w (id, lost, rank, created, seq)
     WHERE q.id = w.id
    RETURNING q.id, q.organization_id, q.source_type::text, q.source_id, q.action::text, least(greatest(q.priority, 0), 100),
              least(greatest(q.attempts, 0), 1000000), q.token, w.rank, w.created, w.seq;
END $$;
