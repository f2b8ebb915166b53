-- What keeps the rag_index_queue that stands from being adopted, and the cure.
WITH queue AS (
  SELECT oid, relkind, relowner FROM pg_class WHERE oid = format('%I.rag_index_queue', current_schema())::regclass
), promised (name, type) AS (
  VALUES ('id', 'uuid'), ('organization_id', 'uuid'), ('source_type', 'text'), ('source_id', 'uuid'), ('action', 'text'), ('priority', 'integer'),
         ('status', 'text'), ('attempts', 'integer'), ('last_error', 'text'), ('created_at', 'timestamp with time zone'),
         ('updated_at', 'timestamp with time zone')
), present AS (
  SELECT a.attname::text AS name, CASE a.atttypid WHEN 'varchar'::regtype THEN 'text' ELSE a.atttypid::regtype::text END AS type,
         a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AS is_asked_for
    FROM queue JOIN pg_attribute AS a ON a.attrelid = queue.oid AND a.attnum > 0 AND NOT a.attisdropped
), index AS (
  SELECT i.indexrelid::regclass::text AS name, i.indpred IS NULL AND i.indexprs IS NULL AND a.attname = 'id' AND i.indnkeyatts = 1 AS is_id
    FROM queue JOIN pg_index AS i ON i.indrelid = queue.oid AND i.indisunique
    LEFT JOIN pg_attribute AS a ON a.attrelid = queue.oid AND a.attnum = i.indkey[0]
)
SELECT 'it is no plain table' FROM queue WHERE relkind <> 'r'
UNION ALL
SELECT format('it belongs to the role %s. Run init as that role', relowner::regrole) FROM queue WHERE NOT pg_has_role(relowner, 'USAGE')
UNION ALL
SELECT string_agg(format('%s must be %s but is %s', p.name, p.type, coalesce(c.type, 'missing')), ', ')
  FROM promised AS p LEFT JOIN present AS c USING (name) WHERE c.type IS DISTINCT FROM p.type HAVING count(*) > 0
UNION ALL
SELECT format('a unique index makes an enqueue wait for its neighbours. Drop it first: %s', string_agg(name, ', '))
  FROM index WHERE NOT is_id HAVING count(*) > 0
UNION ALL
SELECT 'its primary key is not id. Make id unique first: CREATE UNIQUE INDEX CONCURRENTLY ON rag_index_queue (id)'
 WHERE NOT EXISTS (SELECT FROM index WHERE is_id)
UNION ALL
SELECT format('it has a column %1$s of its own, a name that ragqueue needs. Rename it first: ALTER TABLE rag_index_queue RENAME %1$s TO ...', name)
  FROM present WHERE name IN ('seq', 'run_at', 'token', 'worker_id', 'rescues', 'superseded_by')
UNION ALL
SELECT format('%1$s takes no NULL and has no default, so no request of ragqueue''s own can be stored. Give it a default first: ALTER TABLE rag_index_queue '
              'ALTER %1$s SET DEFAULT ...', quote_ident(c.name))
  FROM present AS c LEFT JOIN promised AS p USING (name) WHERE c.is_asked_for AND p.name IS NULL
