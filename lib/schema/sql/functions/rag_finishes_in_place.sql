-- Whether finished jobs stay in rag_index_queue, as rag_finish was made at init.
DO $define$
BEGIN
  EXECUTE format('CREATE OR REPLACE FUNCTION rag_finishes_in_place() RETURNS boolean LANGUAGE sql IMMUTABLE RETURN %L::boolean',
                 EXISTS (SELECT FROM rag_dependents()));
END $define$;
