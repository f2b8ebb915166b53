-- Policies that grants made for roles that have no right on their table (any more).
SELECT false, format('the policy %I on %s is for %s, which may not use the table', p.polname, p.polrelid::regclass, string_agg(quote_ident(r.rolname), ', ')),
       format('Have the owner run: DROP POLICY %I ON %s; or give the role its rights again: rag_worker grants', p.polname, p.polrelid::regclass)
  FROM pg_policy AS p
  JOIN pg_class AS c ON c.oid = p.polrelid
  JOIN pg_roles AS r ON r.oid = ANY (p.polroles)
 WHERE c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'rag_schema'::regclass) AND c.relname LIKE 'rag\_%' AND p.polname LIKE 'rag\_%'
 GROUP BY p.polname, p.polrelid, c.oid
HAVING NOT bool_or(has_table_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE, DELETE') OR has_any_column_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE'))
