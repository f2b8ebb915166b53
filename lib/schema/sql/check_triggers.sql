-- Triggers and foreign keys of the application that need finished jobs in place, while these move: they came after init, which would have seen to that.
SELECT true, format('finished jobs move to the archive, but this needs them to stay where they are: %s', string_agg(dependent, ', ')), 'Have the owner run: rag_worker init'
  FROM (SELECT format('trigger %I', tgname) AS dependent FROM pg_trigger
         WHERE tgrelid = 'rag_index_queue'::regclass AND NOT tgisinternal AND tgtype & 24 <> 0 AND tgname NOT LIKE 'rag\_%'
        UNION ALL
        SELECT format('foreign key %I of %s', conname, conrelid::regclass) FROM pg_constraint
         WHERE contype = 'f' AND confrelid = 'rag_index_queue'::regclass) AS dependents
 WHERE EXISTS (SELECT FROM pg_proc WHERE pronamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'rag_schema'::regclass)
                                     AND proname = 'rag_finish' AND prosrc LIKE '%DELETE FROM ONLY rag_index_queue%')
HAVING count(*) > 0
