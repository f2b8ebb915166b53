-- The columns of the queue are written into rag_finish when init runs: one that came later is lost when a job ends, one that went makes that fail.
WITH known AS (
  SELECT string_to_array(replace((regexp_match(prosrc, 'INSERT INTO rag_index_queue_archive \(([^)]*)\)'))[1], '"', ''), ', ') AS names
    FROM pg_proc WHERE pronamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'rag_schema'::regclass) AND proname = 'rag_finish'
), present AS (
  SELECT replace(attname, '"', '') AS name FROM pg_attribute
   WHERE attrelid = 'rag_index_queue'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attname <> 'worker_id'
)
SELECT true, format('rag_index_queue has %s since init: %s',
                    CASE WHEN added THEN 'new columns, which a finished job loses,' ELSE 'lost columns, without which no job can finish,' END, string_agg(name, ', ')),
       'Have the owner run: rag_worker init'
  FROM (SELECT true AS added, present.name FROM known, present WHERE NOT present.name = ANY (known.names)
        UNION ALL
        SELECT false, k FROM known, unnest(known.names) AS k WHERE k NOT IN (SELECT name FROM present)) AS changed
 GROUP BY added
