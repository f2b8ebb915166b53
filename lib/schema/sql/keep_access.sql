-- Row-level security comes to the adopted tables: which roles had rights there see what they saw before, by a policy of their own. A table that had
-- row-level security keeps its own policies alone.
DO $$
DECLARE
  adopted record;
BEGIN
  FOR adopted IN
    SELECT a.name, string_agg(DISTINCT CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(r.rolname) END, ', ') AS roles
      FROM rag_adopted AS a
      JOIN pg_class AS c ON c.oid = format('%I.%I', current_schema(), a.name)::regclass
      CROSS JOIN LATERAL (SELECT grantee FROM aclexplode(c.relacl)
                          UNION
                          SELECT x.grantee FROM pg_attribute AS t, aclexplode(t.attacl) AS x WHERE t.attrelid = c.oid AND NOT t.attisdropped) AS g
      LEFT JOIN pg_roles AS r ON r.oid = g.grantee
     WHERE NOT a.row_security AND g.grantee <> c.relowner
     GROUP BY a.name
  LOOP
    IF adopted.name = 'rag_index_queue' THEN  -- what may be inserted is bounded there, for everybody (policies.sql)
      EXECUTE format('CREATE POLICY rag_before_select ON rag_index_queue FOR SELECT TO %1$s USING (true);
                      CREATE POLICY rag_before_update ON rag_index_queue FOR UPDATE TO %1$s USING (true);
                      CREATE POLICY rag_before_delete ON rag_index_queue FOR DELETE TO %1$s USING (true)', adopted.roles);
    ELSE
      EXECUTE format('CREATE POLICY rag_before ON %I TO %s USING (true)', adopted.name, adopted.roles);
    END IF;
  END LOOP;
END $$;
