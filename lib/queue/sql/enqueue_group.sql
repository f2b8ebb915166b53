-- $1 ids, $2 organizations, $3 source types, $4 source ids, $5 actions, $6 priorities, $7 moments before which they are not due (NULL: due at once); all in the order of the calls.
-- Promises: sent again with the same ids it adds nothing, and waits for its own first sending if that still commits; drop_repeated.sql sees to those
-- that are done already. No conflict target, which would ask for the right to read. Tells sleeping
-- workers as rag_enqueue_index does. By primary key.
WITH added AS (
  INSERT INTO rag_index_queue (id, organization_id, source_type, source_id, action, priority, run_at)
  SELECT id, organization_id, source_type, source_id, action, priority, run_at
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::integer[], $7::timestamptz[])
         WITH ORDINALITY AS request (id, organization_id, source_type, source_id, action, priority, run_at, position)
   ORDER BY position
  ON CONFLICT DO NOTHING
)
SELECT pg_notify('rag_index_queue', '') WHERE EXISTS (SELECT FROM rag_workers WHERE idle AND heartbeat_at + lease > now())
