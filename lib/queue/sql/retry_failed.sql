-- $1 source type, $2 organization, $3 id; NULL matches all. Returns how many are pending again; the others end, since a newer request
-- has overtaken them and they must not run after it. Those whose newer one has failed too wait for its retry.
-- Served by rag_index_queue_failed and the indexes by source.
WITH chosen AS (
  SELECT q.id, newer.id AS newer
    FROM rag_index_queue AS q
    LEFT JOIN LATERAL (SELECT n.id, n.status FROM rag_index_queue AS n
                        WHERE n.organization_id = q.organization_id AND n.source_type = q.source_type AND n.source_id = q.source_id
                          AND (n.seq, n.created_at, n.id) > (q.seq, q.created_at, q.id)
                        ORDER BY n.seq DESC, n.created_at DESC, n.id DESC LIMIT 1) AS newer ON true
   WHERE q.status = 'failed'
     AND q.action IN ('upsert', 'delete') AND q.source_type <> ''
     AND ($1::text IS NULL OR q.source_type = $1)
     AND ($2::uuid IS NULL OR q.organization_id = $2)
     AND ($3::uuid IS NULL OR q.id = $3)
     AND newer.status IS DISTINCT FROM 'failed'
     FOR UPDATE OF q
), overtaken AS (
  UPDATE rag_index_queue AS q
     SET status = 'done', superseded_by = chosen.newer, updated_at = now()
    FROM chosen
   WHERE q.id = chosen.id AND chosen.newer IS NOT NULL
)
SELECT rag_put_back(array_agg(id)) FROM chosen WHERE newer IS NULL
