-- $1 organizations, $2 source types, $3 source ids, $4 actions, $5 priorities: one append for each, in the caller's transaction.
-- No COPY: the server refuses that to all but the owner of a table with row-level security.
INSERT INTO rag_index_queue (organization_id, source_type, source_id, action, priority)
SELECT organization_id, source_type, source_id, action, priority
  FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::integer[])
       AS request (organization_id, source_type, source_id, action, priority)
