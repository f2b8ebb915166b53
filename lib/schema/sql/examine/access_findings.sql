-- $1 tables to be adopted. What row-level security, which comes to them, means for those who have rights there, a sentence each. A table that has
-- row-level security already keeps its own policies.
SELECT CASE a.grantee
         WHEN 0 THEN format('%s: PUBLIC has %s, but a role that is not the owner will see only rows of its app.current_org; what each role needs, rag_worker grants prints',
                            t, string_agg(DISTINCT a.privilege_type, ', '))
         ELSE format('%s: the role %s keeps %s', t, a.grantee::regrole, string_agg(DISTINCT a.privilege_type, ', '))
       END
  FROM unnest($1::text[]) AS t
  JOIN pg_class AS c ON c.oid = format('%I.%I', current_schema(), t)::regclass
  CROSS JOIN LATERAL aclexplode(c.relacl) AS a
 WHERE NOT c.relrowsecurity AND a.grantee <> c.relowner AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
 GROUP BY t, a.grantee
 ORDER BY t, a.grantee
