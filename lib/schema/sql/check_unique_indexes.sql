-- Unique indexes on the queue that are not ours: an enqueue waits for its neighbours, and jobs that a lost worker left may not become pending again.
SELECT true, format('the unique index %s on %s makes an enqueue wait for others, or fail, and may keep jobs from being tried again', i.indexrelid::regclass, i.indrelid::regclass),
       format('Have its owner run: DROP INDEX %s', i.indexrelid::regclass)
  FROM pg_index AS i
 WHERE i.indrelid IN ('rag_index_queue'::regclass, 'rag_index_queue_archive'::regclass) AND i.indisunique AND NOT i.indisprimary
