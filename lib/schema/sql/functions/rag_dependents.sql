-- What of the application needs a finished job's row to stay in rag_index_queue, where by itself it moves to the archive: a trigger that would not see
-- `done`, or would take the row for deleted, and a foreign key to it. While there is any at init, jobs finish in place (rag_finish).
CREATE OR REPLACE FUNCTION rag_dependents() RETURNS SETOF text LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT format('trigger %I', tgname) FROM pg_trigger
   WHERE tgrelid = 'rag_index_queue'::regclass AND NOT tgisinternal AND tgtype & 24 <> 0 AND tgname NOT LIKE 'rag\_%'
  UNION ALL
  SELECT format('foreign key %I of %s', conname, conrelid::regclass) FROM pg_constraint
   WHERE contype = 'f' AND confrelid = 'rag_index_queue'::regclass
$$;
