-- $1 source type, $2 organization, $3 id, as in retry_failed.sql or discard_failed.sql, one of which comes next in this transaction: waits for a sweep that moves such jobs, and
-- keeps the next one off.
SELECT FROM ONLY rag_index_queue
 WHERE status = 'failed' AND ($1::text IS NULL OR source_type = $1) AND ($2::uuid IS NULL OR organization_id = $2) AND ($3::uuid IS NULL OR id = $3)
 ORDER BY id
   FOR UPDATE
