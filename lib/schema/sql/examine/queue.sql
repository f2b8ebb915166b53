-- What keeps the rag_index_queue that stands from being adopted, and the cure.
WITH queue AS (
  SELECT format('%I.rag_index_queue', current_schema())::regclass AS oid
), mismatch AS (
  SELECT string_agg(format('%s must be %s but is %s', promised.name, promised.type, coalesce(present.type, 'missing')), ', ') AS columns
    FROM (VALUES ('id', 'uuid'), ('organization_id', 'uuid'), ('source_type', 'text'), ('source_id', 'uuid'), ('action', 'text'),
                 ('priority', 'integer'), ('status', 'text'), ('attempts', 'integer'), ('last_error', 'text'),
                 ('created_at', 'timestamp with time zone'), ('updated_at', 'timestamp with time zone')) AS promised (name, type)
    LEFT JOIN (SELECT attname, CASE atttypid WHEN 'varchar'::regtype THEN 'text' ELSE atttypid::regtype::text END AS type
                 FROM queue JOIN pg_attribute ON attrelid = queue.oid AND attnum > 0 AND NOT attisdropped) AS present
      ON present.attname = promised.name
   WHERE present.type IS DISTINCT FROM promised.type
)
SELECT columns FROM mismatch WHERE columns IS NOT NULL
UNION ALL
SELECT format('a unique index makes an enqueue wait for its neighbours. Drop it first: %s', string_agg(indexrelid::regclass::text, ', '))
  FROM queue JOIN pg_index ON indrelid = queue.oid AND indisunique AND NOT indisprimary HAVING count(*) > 0
UNION ALL
SELECT 'it has no primary key. Add one first: ALTER TABLE rag_index_queue ADD PRIMARY KEY (id)'
  FROM queue WHERE NOT EXISTS (SELECT FROM pg_index WHERE indrelid = queue.oid AND indisprimary)
UNION ALL
SELECT format('a foreign key refers to it, whose rows move when they are done. Drop it first: %s',
              string_agg(format('%s on %s', conname, conrelid::regclass), ', '))
  FROM queue JOIN pg_constraint ON contype = 'f' AND confrelid = queue.oid HAVING count(*) > 0
UNION ALL
SELECT format('a trigger on DELETE would take a row that moves for one that is gone. Drop it first: %s', string_agg(tgname, ', '))
  FROM queue JOIN pg_trigger ON tgrelid = queue.oid AND NOT tgisinternal AND tgtype & 8 <> 0 HAVING count(*) > 0
