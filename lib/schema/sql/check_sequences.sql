-- Sequences that stand behind what they gave: after a restore of rows alone, orders and tokens would come again.
WITH used (sequence, value) AS (
  SELECT 'rag_index_queue_seq', (SELECT max(seq) FROM rag_index_queue)
  UNION ALL
  SELECT 'rag_claim_token', (SELECT max(token) FROM rag_index_queue)
  UNION ALL
  SELECT 'rag_workers_id_seq', (SELECT max(id) FROM rag_workers)
)
SELECT true, format('the sequence %s stands at %s, behind %s in its table: numbers would come again', s.sequencename, coalesce(s.last_value, 0), used.value),
       format('Stop the workers and have the owner run: SELECT setval(%L, %s)', format('%I.%I', s.schemaname, s.sequencename), used.value)
  FROM used
  JOIN pg_sequences AS s ON s.sequencename = used.sequence AND quote_ident(s.schemaname)::regnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'rag_schema'::regclass)
 WHERE used.value > coalesce(s.last_value, 0) AND has_sequence_privilege(format('%I.%I', s.schemaname, s.sequencename), 'USAGE, SELECT')
