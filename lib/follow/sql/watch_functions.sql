-- The trigger functions that follow tables: name, text, and the source type, which stands in the comment.
SELECT p.proname::text, p.prosrc, substr(obj_description(p.oid, 'pg_proc'), length('ragqueue source ') + 1)
  FROM pg_proc AS p
 WHERE p.pronamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'rag_index_queue'::regclass)
   AND p.proname LIKE 'rag\_watch\_%' AND p.prorettype = 'trigger'::regtype AND obj_description(p.oid, 'pg_proc') LIKE 'ragqueue source %'
 ORDER BY p.proname
