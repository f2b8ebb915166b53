-- $1 limit. Served by baseline_queue_ready.
UPDATE baseline_queue AS q SET status = 'running', updated_at = now()
  FROM (SELECT id FROM baseline_queue WHERE status = 'pending'
         ORDER BY priority DESC, created_at LIMIT $1::integer FOR UPDATE SKIP LOCKED) AS due
 WHERE q.id = due.id
RETURNING q.id, q.organization_id, q.source_type, q.source_id, q.action, q.priority, q.attempts
