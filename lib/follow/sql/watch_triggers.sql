-- The triggers that run those functions: the function's name, the trigger's, the table's, and whether it fires.
SELECT p.proname::text, format('%I', t.tgname), format('%I.%I', n.nspname, c.relname), t.tgenabled IN ('O', 'A')
  FROM pg_proc AS p
  JOIN pg_trigger AS t ON t.tgfoid = p.oid AND NOT t.tgisinternal
  JOIN pg_class AS c ON c.oid = t.tgrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE p.pronamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'rag_index_queue'::regclass)
   AND p.proname LIKE 'rag\_watch\_%' AND p.prorettype = 'trigger'::regtype
 ORDER BY 1, 2, 3
