-- Functions that run with their owner's rights, whose owner is not the tables' (any more).
SELECT true, format('the function %s runs with the rights of %I, who does not own rag_index_queue', f.oid::regprocedure, o.rolname),
       format('Have a superuser or a member of both run: ALTER FUNCTION %s OWNER TO %I', f.oid::regprocedure, t.rolname)
  FROM pg_class AS c
  JOIN pg_roles AS t ON t.oid = c.relowner
  JOIN pg_proc AS f ON f.pronamespace = c.relnamespace AND f.prosecdef AND f.proname LIKE 'rag\_%'
  JOIN pg_roles AS o ON o.oid = f.proowner
 WHERE c.oid = 'rag_index_queue'::regclass AND NOT o.rolsuper AND NOT pg_has_role(o.oid, t.oid, 'USAGE')
