-- $1 source type, $2 organization, $3 id; NULL matches all. Served by rag_index_queue_failed.
UPDATE rag_index_queue
   SET status = 'pending', attempts = 0, rescues = 0, run_at = now(), updated_at = now()
 WHERE status = 'failed'
   AND action IN ('upsert', 'delete')
   AND ($1::text IS NULL OR source_type = $1)
   AND ($2::uuid IS NULL OR organization_id = $2)
   AND ($3::uuid IS NULL OR id = $3)
