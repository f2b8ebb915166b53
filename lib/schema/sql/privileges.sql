-- What each duty needs, once: grants.sql turns it into statements, missing_privileges.sql looks for what a role lacks of it. Both follow this text.
-- `row_access` is which rows of a table with row-level security are needed: all of them, those that its policies for everyone show (own), or the one
-- that is being inserted (new).
-- What does not exist (yet) is left out.
WITH home AS (
  SELECT n.oid AS schema, n.nspname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = to_regclass('rag_schema')
), needed (duty, kind, object, privileges, columns, row_access) AS (
  VALUES ('work', 'TABLE', 'rag_index_queue', '{SELECT,INSERT,UPDATE,DELETE}'::text[], NULL::text[], 'all'),
         ('work', 'TABLE', 'rag_index_queue_archive', '{SELECT,INSERT,UPDATE,DELETE}', NULL, 'all'),
         ('work', 'TABLE', 'rag_documents', '{SELECT,INSERT,UPDATE,DELETE}', NULL, 'all'),
         ('work', 'TABLE', 'rag_chunks', '{SELECT,INSERT,UPDATE,DELETE}', NULL, 'all'),
         ('work', 'TABLE', 'rag_nodes', '{SELECT,INSERT,UPDATE,DELETE}', NULL, 'all'),
         ('work', 'TABLE', 'rag_edges', '{SELECT,INSERT,UPDATE,DELETE}', NULL, 'all'),
         ('work', 'TABLE', 'rag_workers', '{SELECT,INSERT,UPDATE,DELETE}', NULL, NULL),
         ('work', 'TABLE', 'rag_schema', '{SELECT}', NULL, NULL),
         ('work', 'TABLE', 'rag_embedder', '{SELECT}', NULL, NULL),
         ('work', 'SEQUENCE', 'rag_claim_token', '{USAGE}', NULL, NULL),
         ('work', 'FUNCTION', 'rag_enqueue_index', '{EXECUTE}', NULL, NULL),
         ('work', 'FUNCTION', 'rag_enqueue_at', '{EXECUTE}', NULL, NULL),
         ('work', 'FUNCTION', 'rag_job_id', '{EXECUTE}', NULL, NULL),
         ('work', 'FUNCTION', 'rag_is_new', '{EXECUTE}', NULL, NULL),
         ('work', 'FUNCTION', 'rag_drop_repeated', '{EXECUTE}', NULL, NULL),
         ('work', 'FUNCTION', 'rag_check_request', '{EXECUTE}', NULL, NULL),
         ('work', 'FUNCTION', 'rag_current_organization', '{EXECUTE}', NULL, NULL),
         ('work', 'FUNCTION', 'rag_claim', '{EXECUTE}', NULL, NULL),
         ('work', 'FUNCTION', 'rag_end_pauses', '{EXECUTE}', NULL, NULL),
         ('work', 'FUNCTION', 'rag_lock_pending', '{EXECUTE}', NULL, NULL),
         ('work', 'FUNCTION', 'rag_refuse', '{EXECUTE}', NULL, NULL),
         ('work', 'FUNCTION', 'rag_run_single', '{EXECUTE}', NULL, NULL),
         ('work', 'FUNCTION', 'rag_run_newest', '{EXECUTE}', NULL, NULL),
         ('work', 'FUNCTION', 'rag_finish', '{EXECUTE}', NULL, NULL),
         ('work', 'FUNCTION', 'rag_finishes_in_place', '{EXECUTE}', NULL, NULL),
         ('work', 'FUNCTION', 'rag_leave', '{EXECUTE}', NULL, NULL),
         ('work', 'FUNCTION', 'rag_readable', '{EXECUTE}', NULL, NULL),
         ('work', 'FUNCTION', 'rag_give_way', '{EXECUTE}', NULL, NULL),
         ('work', 'FUNCTION', 'rag_supersede', '{EXECUTE}', NULL, NULL),
         ('work', 'FUNCTION', 'rag_put_back', '{EXECUTE}', NULL, NULL),
         ('work', 'FUNCTION', 'rag_language', '{EXECUTE}', NULL, NULL),
         ('work', 'FUNCTION', 'rag_plain_text', '{EXECUTE}', NULL, NULL),
         ('work', 'FUNCTION', 'rag_compounds', '{EXECUTE}', NULL, NULL),
         ('work', 'FUNCTION', 'rag_compound', '{EXECUTE}', NULL, NULL),
         ('work', 'FUNCTION', 'rag_joint', '{EXECUTE}', NULL, NULL),
         ('work', 'FUNCTION', 'rag_word_sign', '{EXECUTE}', NULL, NULL),
         ('work', 'FUNCTION', 'rag_unspaced_sign', '{EXECUTE}', NULL, NULL),
         ('work', 'FUNCTION', 'rag_pairs', '{EXECUTE}', NULL, NULL),
         ('work', 'FUNCTION', 'rag_unaccented', '{EXECUTE}', NULL, NULL),
         ('work', 'FUNCTION', 'rag_terms', '{EXECUTE}', NULL, NULL),

         ('enqueue', 'TABLE', 'rag_index_queue', '{INSERT}',
          '{id,organization_id,source_type,source_id,action,priority,status,attempts,last_error,created_at,updated_at,run_at}', 'own'),
         -- For INSERT ... RETURNING id.
         ('enqueue', 'TABLE', 'rag_index_queue', '{SELECT}', '{id}', 'new'),
         ('enqueue', 'TABLE', 'rag_schema', '{SELECT}', NULL, NULL),
         ('enqueue', 'TABLE', 'rag_workers', '{SELECT}', '{idle,heartbeat_at,lease}', NULL),
         ('enqueue', 'FUNCTION', 'rag_is_new', '{EXECUTE}', NULL, NULL),
         ('enqueue', 'FUNCTION', 'rag_enqueue_index', '{EXECUTE}', NULL, NULL),
         ('enqueue', 'FUNCTION', 'rag_enqueue_at', '{EXECUTE}', NULL, NULL),
         ('enqueue', 'FUNCTION', 'rag_job_id', '{EXECUTE}', NULL, NULL),
         ('enqueue', 'FUNCTION', 'rag_drop_repeated', '{EXECUTE}', NULL, NULL),
         ('enqueue', 'FUNCTION', 'rag_check_request', '{EXECUTE}', NULL, NULL),
         ('enqueue', 'FUNCTION', 'rag_current_organization', '{EXECUTE}', NULL, NULL),

         -- Without seq, token and worker_id, which count every tenant's requests.
         ('read', 'TABLE', 'rag_index_queue', '{SELECT}',
          '{id,organization_id,source_type,source_id,action,priority,status,attempts,last_error,created_at,updated_at,superseded_by}', 'own'),
         ('read', 'TABLE', 'rag_documents', '{SELECT}', NULL, 'own'),
         ('read', 'TABLE', 'rag_chunks', '{SELECT}', NULL, 'own'),
         ('read', 'TABLE', 'rag_nodes', '{SELECT}', NULL, 'own'),
         ('read', 'TABLE', 'rag_edges', '{SELECT}', NULL, 'own'),
         ('read', 'TABLE', 'rag_schema', '{SELECT}', NULL, NULL),
         ('read', 'TABLE', 'rag_embedder', '{SELECT}', NULL, NULL),
         ('read', 'FUNCTION', 'rag_current_organization', '{EXECUTE}', NULL, NULL),
         ('read', 'FUNCTION', 'rag_rank_words', '{EXECUTE}', NULL, NULL),
         ('read', 'FUNCTION', 'rag_search', '{EXECUTE}', NULL, NULL),
         ('read', 'FUNCTION', 'rag_languages_of', '{EXECUTE}', NULL, NULL),
         ('read', 'FUNCTION', 'rag_language', '{EXECUTE}', NULL, NULL),
         ('read', 'FUNCTION', 'rag_plain_text', '{EXECUTE}', NULL, NULL),
         ('read', 'FUNCTION', 'rag_compounds', '{EXECUTE}', NULL, NULL),
         ('read', 'FUNCTION', 'rag_pairs', '{EXECUTE}', NULL, NULL),
         ('read', 'FUNCTION', 'rag_unaccented', '{EXECUTE}', NULL, NULL),
         ('read', 'FUNCTION', 'rag_variants', '{EXECUTE}', NULL, NULL),
         ('read', 'FUNCTION', 'rag_compound', '{EXECUTE}', NULL, NULL),
         ('read', 'FUNCTION', 'rag_joint', '{EXECUTE}', NULL, NULL),
         ('read', 'FUNCTION', 'rag_word_sign', '{EXECUTE}', NULL, NULL),
         ('read', 'FUNCTION', 'rag_unspaced_sign', '{EXECUTE}', NULL, NULL),
         ('read', 'FUNCTION', 'rag_lexeme', '{EXECUTE}', NULL, NULL),
         ('read', 'FUNCTION', 'rag_phrase', '{EXECUTE}', NULL, NULL),
         ('read', 'FUNCTION', 'rag_question', '{EXECUTE}', NULL, NULL),

         -- Without last_error, which may quote a text.
         ('monitor', 'TABLE', 'rag_index_queue', '{SELECT}',
          '{id,organization_id,source_type,source_id,action,priority,status,attempts,created_at,updated_at,seq,run_at,worker_id,superseded_by}', 'all'),
         ('monitor', 'TABLE', 'rag_workers', '{SELECT}', NULL, NULL),
         ('monitor', 'TABLE', 'rag_schema', '{SELECT}', NULL, NULL),
         ('monitor', 'TABLE', 'rag_embedder', '{SELECT}', NULL, NULL),
         ('monitor', 'FUNCTION', 'rag_current_organization', '{EXECUTE}', NULL, NULL)
  UNION ALL
  SELECT 'backup', CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, c.relname, '{SELECT}', NULL, CASE WHEN c.relrowsecurity THEN 'all' END
    FROM home JOIN pg_class AS c ON c.relnamespace = home.schema
   WHERE c.relkind IN ('r', 'p', 'S') AND c.relname LIKE 'rag\_%'
), object AS (
  -- The schema itself, which every duty enters.
  SELECT d.duty, 1 AS place, 'SCHEMA' AS kind, home.schema AS oid, quote_ident(home.nspname) AS name, '{USAGE}'::text[] AS privileges,
         NULL::text[] AS columns, NULL::text AS row_access
    FROM home, (SELECT DISTINCT duty FROM needed) AS d
  UNION ALL
  SELECT n.duty, CASE n.kind WHEN 'TABLE' THEN 2 ELSE 3 END, n.kind, c.oid, format('%I.%I', home.nspname, c.relname), n.privileges,
         ARRAY(SELECT a.attname::text FROM unnest(n.columns) AS wanted JOIN pg_attribute AS a ON a.attname = wanted
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum), n.row_access
    FROM home, needed AS n JOIN pg_class AS c ON c.relname = n.object
   WHERE n.kind IN ('TABLE', 'SEQUENCE') AND c.relnamespace = home.schema
  UNION ALL
  SELECT n.duty, 4, n.kind, p.oid, format('%I.%I(%s)', home.nspname, p.proname, oidvectortypes(p.proargtypes)), n.privileges, NULL, NULL
    FROM home, needed AS n JOIN pg_proc AS p ON p.proname = n.object
   WHERE n.kind = 'FUNCTION' AND p.pronamespace = home.schema
)
