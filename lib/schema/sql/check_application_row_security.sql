-- Tables of the application whose row-level security does not bind this role, so that a source query without a condition on organization_id reads
-- every organization's rows.
SELECT false, format('row-level security on %s does not bind this role, which %s: a source query must name the organization itself', string_agg(c.oid::regclass::text, ', '),
                     CASE WHEN r.rolsuper THEN 'is superuser' WHEN r.rolbypassrls THEN 'has BYPASSRLS' ELSE 'owns them' END),
       format('Run workers as a role of their own (rag_worker grants ROLE --duty work)%s', CASE WHEN r.rolsuper OR r.rolbypassrls THEN '' ELSE ', or ALTER TABLE ... FORCE ROW LEVEL SECURITY' END)
  FROM pg_class AS c, pg_roles AS r
 WHERE r.rolname = current_user AND c.relkind IN ('r', 'p') AND c.relrowsecurity AND NOT row_security_active(c.oid)
   AND NOT (c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'rag_schema'::regclass) AND c.relname LIKE 'rag\_%')
   AND has_table_privilege(c.oid, 'SELECT')
 GROUP BY r.rolsuper, r.rolbypassrls
