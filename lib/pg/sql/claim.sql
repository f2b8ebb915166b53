-- $1 worker, $2 limit.
-- Promises: at most one running row for a source; the newest request of a source runs and supersedes its older pending ones;
-- highest priority first, then oldest; a job that lost a worker before runs alone, so that if it is the cause it takes no others
-- with it, and a newer request for its source inherits that count; a worker without a lease gets nothing. Two claims can still meet at
-- rag_index_queue_running, when a request was committed between their snapshots: the second waits for the first to end, and is told 23505,
-- try again.
-- Serving indexes: rag_index_queue_ready (due), rag_index_queue_waiting (sibling), rag_index_queue_running (NOT EXISTS).
WITH due AS MATERIALIZED (
  SELECT q.organization_id, q.source_type, q.source_id, q.priority, q.created_at, q.seq, q.rescues > 0 AS suspect
    FROM rag_index_queue AS q
   WHERE q.status = 'pending' AND q.run_at <= now()
     AND EXISTS (SELECT FROM rag_workers AS w WHERE w.id = $1)
     AND NOT EXISTS (SELECT FROM rag_index_queue AS r
                      WHERE r.status = 'running' AND r.organization_id = q.organization_id
                        AND r.source_type = q.source_type AND r.source_id = q.source_id)
   ORDER BY q.priority DESC, q.created_at, q.seq
   LIMIT $2
     FOR UPDATE OF q SKIP LOCKED
), batch AS (
  SELECT due.*
    FROM due, (SELECT seq, suspect FROM due ORDER BY priority DESC, created_at, seq LIMIT 1) AS head
   WHERE CASE WHEN head.suspect THEN due.seq = head.seq ELSE NOT due.suspect END
), source AS MATERIALIZED (
  SELECT DISTINCT ON (organization_id, source_type, source_id) *
    FROM batch
   ORDER BY organization_id, source_type, source_id, priority DESC, created_at, seq
), sibling AS MATERIALIZED (
  SELECT q.id, q.seq, q.rescues, q.organization_id, q.source_type, q.source_id
    FROM source
    JOIN rag_index_queue AS q USING (organization_id, source_type, source_id)
   WHERE q.status = 'pending'
     FOR UPDATE OF q SKIP LOCKED
), owned AS (
  -- Two claims can each hold some requests of one source; only the one that holds the oldest may take the source.
  SELECT organization_id, source_type, source_id, (array_agg(id ORDER BY seq DESC))[1] AS newest, max(rescues) AS rescues
    FROM sibling
   GROUP BY organization_id, source_type, source_id
  HAVING min(seq) = (SELECT min(q.seq) FROM rag_index_queue AS q
                      WHERE q.status = 'pending' AND q.organization_id = sibling.organization_id
                        AND q.source_type = sibling.source_type AND q.source_id = sibling.source_id)
), taken AS (
  UPDATE rag_index_queue AS q
     SET status        = CASE WHEN q.id = owned.newest THEN 'running' ELSE 'done' END,
         superseded_by = CASE WHEN q.id <> owned.newest THEN owned.newest END,
         token         = CASE WHEN q.id = owned.newest THEN nextval('rag_claim_token') END,
         worker_id     = CASE WHEN q.id = owned.newest THEN $1 END,
         rescues       = CASE WHEN q.id = owned.newest THEN owned.rescues ELSE q.rescues END,
         updated_at    = now()
    FROM sibling JOIN owned USING (organization_id, source_type, source_id)
   WHERE q.id = sibling.id
  RETURNING q.id, q.organization_id, q.source_type, q.source_id, q.action, q.priority, q.attempts, q.token
)
SELECT taken.id, taken.organization_id, taken.source_type::text, taken.source_id, taken.action::text, taken.priority, taken.attempts, taken.token
  FROM taken JOIN source USING (organization_id, source_type, source_id)
 WHERE taken.token IS NOT NULL
 ORDER BY source.priority DESC, source.created_at, source.seq
