-- $1 worker, $2 limit, $3 source types to leave alone, $4 to $6 where to begin. What it promises stands at rag_claim.
-- Served by rag_index_queue_ready, rag_index_queue_later and rag_index_queue_source.
SELECT id, organization_id, source_type, source_id, action, priority, attempts, token, head_rank, head_created, head_seq,
       CASE WHEN isfinite(head_created) THEN extract(epoch FROM clock_timestamp() - head_created)::float8 END
  FROM rag_claim($1::bigint, $2::integer, $3::text[], $4::integer, $5::timestamptz, $6::bigint)
 ORDER BY head_rank, head_created, head_seq
