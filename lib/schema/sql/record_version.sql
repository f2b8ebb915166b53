-- $1 version.
INSERT INTO rag_schema (version, entered_by)
SELECT $1, ARRAY(SELECT r.rolname::text FROM aclexplode(n.nspacl) AS a JOIN pg_roles AS r ON r.oid = a.grantee WHERE a.privilege_type = 'USAGE')
  FROM pg_namespace AS n
 WHERE n.oid = quote_ident(current_schema())::regnamespace
