-- What the adoption of the rag_index_queue that stands means, a sentence each.
WITH queue AS (
  SELECT c.oid FROM pg_class AS c WHERE c.oid = format('%I.rag_index_queue', current_schema())::regclass
), dependent AS (
  SELECT format('the trigger %I', t.tgname) AS name FROM queue JOIN pg_trigger AS t ON t.tgrelid = queue.oid
   WHERE NOT t.tgisinternal AND t.tgtype & 24 <> 0
  UNION ALL
  SELECT format('the foreign key %I of %s', f.conname, f.conrelid::regclass) FROM queue JOIN pg_constraint AS f ON f.confrelid = queue.oid AND f.contype = 'f'
), rows AS (
  SELECT count(*) FILTER (WHERE status = 'running' AND is_action) AS running,
         count(*) FILTER (WHERE status IS NULL OR status NOT IN ('done', 'failed') AND NOT (status IN ('pending', 'running') AND is_action)) AS unknown
    FROM (SELECT status, lower(action) IN ('upsert', 'delete') AS is_action FROM rag_index_queue) AS q
)
SELECT format('rag_index_queue: jobs finish in place, and are neither moved to rag_index_queue_archive nor purged, because of %s; without, finished jobs '
              'move, which is faster: drop what you do not need and run init again', string_agg(name, ', ')) FROM dependent HAVING count(*) > 0
UNION ALL
SELECT format('rag_index_queue: %s rows that a worker left running are pending again', running) FROM rows WHERE running > 0
UNION ALL
SELECT format('rag_index_queue: %s rows whose action or status nobody knows are failed, and say so in last_error', unknown) FROM rows WHERE unknown > 0
UNION ALL
SELECT 'rag_index_queue: from now on a row that waits or runs must have the action upsert or delete and the status pending or running, and a source_type; '
       'NULL in id, priority, status, attempts, created_at or updated_at is taken for the default'
