-- $1 worker, $2 limit, $3 to $6 where to begin, $7 source types to leave alone. What it promises stands in functions/rag_claim.sql.
-- Served by rag_index_queue_ready, rag_index_queue_later and rag_index_queue_source.
SELECT id, organization_id, source_type, source_id, action, priority, attempts, token, head_priority, head_created, head_seq
  FROM rag_claim($1::bigint, $2::integer, $3::integer[], $4::integer[], $5::timestamptz[], $6::bigint[], $7::text[])
 ORDER BY head_priority DESC, head_created, head_seq
