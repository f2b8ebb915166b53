-- $1 worker, $2 first block, $3 block after the last, $4 age in ms. Deletes done rows (superseded ones are done, too) that have been so for
-- longer; failed ones stay, and so does what tells retry_failed.sql that a failed one was overtaken. Nothing is done for any but the oldest living worker,
-- so one at a time sweeps. Returns the table's size in blocks, or no row for other workers.
-- Served by no index of its own, so that a job's end pays for none: a TID range scan of those blocks, and rag_index_queue_archive_source.
WITH chosen AS (
  SELECT $1 = (SELECT min(id) FROM rag_workers WHERE heartbeat_at + lease > clock_timestamp()) AS sweeps
), expired AS MATERIALIZED (
  SELECT q.ctid
    FROM rag_index_queue_archive AS q
   WHERE (SELECT sweeps FROM chosen)
     AND q.ctid >= format('(%s,0)', $2)::tid AND q.ctid < format('(%s,0)', $3)::tid
     AND q.status = 'done' AND q.updated_at <= clock_timestamp() - $4 * interval '1 millisecond'
     AND NOT EXISTS (SELECT FROM rag_index_queue AS f
                      WHERE f.status = 'failed' AND f.organization_id = q.organization_id AND f.source_type = q.source_type
                        AND f.source_id = q.source_id AND (f.seq, f.created_at, f.id) < (q.seq, q.created_at, q.id))
     FOR UPDATE OF q SKIP LOCKED
), purged AS (
  DELETE FROM rag_index_queue_archive WHERE ctid = ANY (ARRAY(SELECT ctid FROM expired))
)
SELECT pg_relation_size('rag_index_queue_archive') / current_setting('block_size')::bigint FROM chosen WHERE sweeps
