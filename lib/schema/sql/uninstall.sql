-- $1 names of our functions. The statements that take away all that init and grants made, each with its place in their order. Tables that were adopted
-- stay with their rows and their owner's columns, without ours; restore_adopted.sql gives them their definition back.
WITH home AS (
  SELECT quote_ident(current_schema())::regnamespace AS oid
), ours (name, drop_order, columns) AS (
  VALUES ('rag_index_queue', 4, '{seq,run_at,token,worker_id,rescues,superseded_by}'::text[]),
         ('rag_edges', 5, '{document_id,weight,metadata_json,created_at}'), ('rag_nodes', 6, '{document_id,given,label,metadata_json,created_at}'),
         ('rag_chunks', 7, '{hash,terms,adopted,token_count,created_at}'),
         ('rag_documents', 8, '{terms_language,fingerprint,title_terms,adopted,title,visibility,metadata_json,created_at,updated_at}')
), standing AS (
  SELECT o.*, a.definition, c.oid, format('%I.%I', current_schema(), o.name) AS full_name, a.name IS NOT NULL AS is_adopted, a.row_security AS keeps_row_security
    FROM ours AS o JOIN home ON true JOIN pg_class AS c ON c.relnamespace = home.oid AND c.relname = o.name
    LEFT JOIN rag_adopted AS a ON a.name = o.name
), policy AS (
  SELECT s.full_name, p.polname
    FROM standing AS s JOIN pg_policy AS p ON p.polrelid = s.oid
   WHERE s.is_adopted AND p.polname LIKE 'rag\_%'
), statement (place, text) AS (
  SELECT 1, format('DROP POLICY %I ON %s', polname, full_name) FROM policy
  UNION ALL
  SELECT 1, format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', full_name) FROM standing WHERE is_adopted AND NOT keeps_row_security
  UNION ALL
  SELECT 2, format('ALTER TABLE %s DROP CONSTRAINT %I', s.full_name, c.conname)
    FROM standing AS s JOIN pg_constraint AS c ON c.conrelid = s.oid
   WHERE c.conname IN ('rag_index_queue_request', 'rag_index_queue_filled', 'rag_chunks_whole', 'rag_chunks_document_fkey', 'rag_nodes_document_fkey', 'rag_edges_from_fkey',
                       'rag_edges_to_fkey', 'rag_edges_document_fkey')
  UNION ALL
  SELECT 2, format('DROP TRIGGER %I ON %s', t.tgname, s.full_name)
    FROM standing AS s JOIN pg_trigger AS t ON t.tgrelid = s.oid WHERE t.tgname IN ('rag_take_defaults', 'rag_place')
  UNION ALL
  -- What is over goes back to the queue that stays.
  SELECT 3, format('INSERT INTO %1$s (%2$s) OVERRIDING SYSTEM VALUE SELECT %2$s FROM ONLY %3$I.rag_index_queue_archive', s.full_name,
                   (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute AS a
                     WHERE a.attrelid = s.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''), current_schema())
    FROM standing AS s WHERE s.is_adopted AND s.name = 'rag_index_queue'
  UNION ALL
  SELECT 4, format('DROP TABLE %s', c.oid::regclass) FROM home JOIN pg_class AS c ON c.relnamespace = home.oid AND c.relname = 'rag_index_queue_archive'
  UNION ALL
  SELECT 5, format('DROP INDEX %I.%I', current_schema(), c.relname)
    FROM standing AS s JOIN pg_index AS i ON i.indrelid = s.oid JOIN pg_class AS c ON c.oid = i.indexrelid
   WHERE s.is_adopted AND c.relname IN ('rag_index_queue_ready', 'rag_index_queue_later', 'rag_index_queue_source', 'rag_documents_source', 'rag_documents_id',
                                        'rag_documents_key', 'rag_chunks_id', 'rag_chunks_key', 'rag_nodes_source', 'rag_nodes_id', 'rag_nodes_key',
                                        'rag_edges_id', 'rag_edges_key', 'rag_edges_from', 'rag_edges_to', 'rag_chunks_embedding', 'rag_chunks_unknown')
     AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u'))
  UNION ALL
  SELECT 6, format('ALTER TABLE %s %s', full_name, string_agg(format('DROP COLUMN IF EXISTS %I', c), ', '))
    FROM standing AS s, unnest(s.columns) AS c
   WHERE is_adopted AND NOT EXISTS (SELECT FROM jsonb_to_recordset(s.definition -> 'columns') AS w ("column" text) WHERE w."column" = c)
   GROUP BY full_name
  UNION ALL
  SELECT 7 + drop_order, format('DROP TABLE %s', full_name) FROM standing WHERE NOT is_adopted
  UNION ALL
  SELECT 20, format('DROP TABLE %s', c.oid::regclass)
    FROM home JOIN pg_class AS c ON c.relnamespace = home.oid
   WHERE c.relkind = 'r' AND c.relname IN ('rag_workers', 'rag_embedder', 'rag_adopted', 'rag_schema')
  UNION ALL
  SELECT 21, format('DROP FUNCTION %s', p.oid::regprocedure) FROM home JOIN pg_proc AS p ON p.pronamespace = home.oid WHERE p.proname = ANY ($1::text[])
)
SELECT place, text FROM statement
