-- $1 ids, $2 organizations, $3 source types, $4 source ids, $5 actions, $6 priorities, $7 run_at or NULL: one append for each, in the caller's transaction.
-- No COPY: the server refuses that to all but the owner of a table with row-level security.
INSERT INTO rag_index_queue (id, organization_id, source_type, source_id, action, priority, run_at)
SELECT id, organization_id, source_type, source_id, action, priority, run_at
  FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::integer[], $7::timestamptz[])
       AS request (id, organization_id, source_type, source_id, action, priority, run_at)
