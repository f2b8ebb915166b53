-- Row-level security comes to the adopted tables: a role that had a right there keeps it over every row, by a policy of its own for each kind of
-- statement. A right of PUBLIC is none of a role: a policy for it would open the rows to every reader to come. What may be inserted into the queue is
-- bounded for everybody (policies.sql). A table that had row-level security keeps its own policies alone.
DO $$
DECLARE
  kept record;
BEGIN
  FOR kept IN
    SELECT a.name, g.privilege_type AS privilege, string_agg(DISTINCT quote_ident(r.rolname), ', ') AS roles
      FROM rag_adopted AS a
      JOIN pg_class AS c ON c.oid = format('%I.%I', current_schema(), a.name)::regclass
      CROSS JOIN LATERAL (SELECT x.grantee, x.privilege_type FROM aclexplode(c.relacl) AS x
                          UNION
                          SELECT x.grantee, x.privilege_type FROM pg_attribute AS t, aclexplode(t.attacl) AS x WHERE t.attrelid = c.oid AND NOT t.attisdropped) AS g
      JOIN pg_roles AS r ON r.oid = g.grantee
     WHERE NOT a.row_security AND g.grantee <> c.relowner AND g.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
       AND (a.name, g.privilege_type) <> ('rag_index_queue', 'INSERT')
     GROUP BY a.name, g.privilege_type
  LOOP
    EXECUTE format('CREATE POLICY rag_before_%s ON %I FOR %s TO %s %s (true)', lower(kept.privilege), kept.name, kept.privilege, kept.roles,
                   CASE kept.privilege WHEN 'INSERT' THEN 'WITH CHECK' ELSE 'USING' END);
  END LOOP;
END $$;
