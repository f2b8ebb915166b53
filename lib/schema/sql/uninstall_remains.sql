-- What stays behind when the statements of uninstall.sql and restore_adopted.sql have run, a sentence each.
WITH adopted AS (
  SELECT a.name, a.definition, format('%I.%I', current_schema(), a.name)::regclass AS oid FROM rag_adopted AS a
), changed AS (
  SELECT t.name, w."column", w.type, format_type(p.atttypid, p.atttypmod) AS present_type
    FROM adopted AS t
    CROSS JOIN LATERAL jsonb_to_recordset(t.definition -> 'columns') AS w ("column" text, type text)
    JOIN pg_attribute AS p ON p.attrelid = t.oid AND p.attname = w."column" AND NOT p.attisdropped
   WHERE format_type(p.atttypid, p.atttypmod) <> w.type
)
SELECT 'the extension vector, which other tables may use; if none does: DROP EXTENSION vector' FROM pg_extension WHERE extname = 'vector'
UNION ALL
SELECT format('the rows of %s as they are now: what was indexed anew, or dropped, does not turn back', string_agg(name, ', ' ORDER BY name)) FROM adopted HAVING count(*) > 0
UNION ALL
SELECT format('%s.%s as %s where a value does not fit into %s, or a view or trigger uses it', name, "column", present_type, type)
  FROM changed WHERE type LIKE 'character varying(%'
UNION ALL
SELECT format('%s.%s as %s, which was %s', name, "column", present_type, type) FROM changed WHERE type NOT LIKE 'character varying(%'
UNION ALL
SELECT format('BYPASSRLS, which grants --duty backup gave the role %1$I; take it away with: ALTER ROLE %1$I NOBYPASSRLS', r.rolname)
  FROM pg_class AS c, aclexplode(c.relacl) AS a JOIN pg_roles AS r ON r.oid = a.grantee
 WHERE c.oid = format('%I.rag_schema', current_schema())::regclass AND a.grantee <> c.relowner AND a.privilege_type = 'SELECT' AND r.rolbypassrls AND NOT r.rolsuper
