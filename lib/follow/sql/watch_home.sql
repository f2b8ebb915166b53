-- Where ragqueue's tables stand, whose they are, and whether that is who is connected.
SELECT format('%I', n.nspname), format('%I', r.rolname), r.rolname = current_user,
       pg_has_role(current_user, r.oid, 'USAGE') OR (SELECT s.rolsuper FROM pg_roles AS s WHERE s.rolname = current_user)
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_roles AS r ON r.oid = c.relowner
 WHERE c.oid = 'rag_index_queue'::regclass
