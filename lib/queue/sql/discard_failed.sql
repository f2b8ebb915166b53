-- $1 source type, $2 organization, $3 id; NULL matches all. Behind await_sweep.sql. Served by rag_index_queue_failed.
DELETE FROM rag_index_queue
 WHERE status = 'failed' AND ($1::text IS NULL OR source_type = $1) AND ($2::uuid IS NULL OR organization_id = $2) AND ($3::uuid IS NULL OR id = $3)
