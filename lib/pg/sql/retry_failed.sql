-- $1 source type, $2 organization, $3 id; NULL matches all. Returns the ids of those that are pending again, and of those that a newer request has
-- overtaken: these must not run after it, and finish_overtaken.sql ends them, or wait for the newer one's own retry.
-- Served by rag_index_queue_ended and the indexes by source.
WITH chosen AS (
  SELECT q.id, newer.id AS newer
    FROM ONLY rag_index_queue AS q
    LEFT JOIN LATERAL (SELECT n.id, n.status FROM rag_index_queue AS n
                        WHERE n.organization_id = q.organization_id AND n.source_type = q.source_type AND n.source_id = q.source_id
                          AND n.seq > q.seq
                        ORDER BY n.seq DESC LIMIT 1) AS newer ON true
   WHERE q.ended AND q.status = 'failed'
     AND q.action IN ('upsert', 'delete')
     AND ($1::text IS NULL OR q.source_type = $1)
     AND ($2::uuid IS NULL OR q.organization_id = $2)
     AND ($3::uuid IS NULL OR q.id = $3)
     AND newer.status IS DISTINCT FROM 'failed'
     FOR UPDATE OF q
)
UPDATE ONLY rag_index_queue AS q
   SET status        = CASE WHEN chosen.newer IS NULL THEN 'pending' ELSE q.status END,
       superseded_by = chosen.newer,
       attempts = 0, rescues = 0, run_at = NULL, updated_at = now()
  FROM chosen
 WHERE q.id = chosen.id
RETURNING q.id, chosen.newer IS NOT NULL
