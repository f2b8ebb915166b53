-- The statements, each with its place among those of uninstall.sql, that give adopted tables the definition that record_adopted.sql kept, and take away
-- what grants gave: to roles that have a right to rag_schema, as each duty needs it. A column is narrow again only where all values fit, and no view
-- or the like keeps it as it is.
WITH adopted AS (
  SELECT a.name, a.definition, c.oid, c.reloptions, c.relreplident, c.relowner, format('%I.%I', current_schema(), a.name) AS full_name
    FROM rag_adopted AS a JOIN pg_class AS c ON c.oid = format('%I.%I', current_schema(), a.name)::regclass
), changed AS (
  SELECT t.full_name, w.*, pg_get_expr(d.adbin, d.adrelid) AS present_default, p.attnotnull,
         format_type(p.atttypid, p.atttypmod) AS present_type,
         EXISTS (SELECT FROM pg_depend AS u WHERE u.refclassid = 'pg_class'::regclass AND u.refobjid = t.oid AND u.refobjsubid = p.attnum
                  AND u.classid IN ('pg_rewrite'::regclass, 'pg_trigger'::regclass)) AS is_used
    FROM adopted AS t
    CROSS JOIN LATERAL jsonb_to_recordset(t.definition -> 'columns') AS w ("column" text, type text, "default" text, not_null boolean)
    JOIN pg_attribute AS p ON p.attrelid = t.oid AND p.attname = w."column" AND NOT p.attisdropped
    LEFT JOIN pg_attrdef AS d ON d.adrelid = t.oid AND d.adnum = p.attnum
), granted AS (
  SELECT r.oid, r.rolname FROM pg_class AS c, aclexplode(c.relacl) AS a JOIN pg_roles AS r ON r.oid = a.grantee
   WHERE c.oid = format('%I.rag_schema', current_schema())::regclass AND a.grantee <> c.relowner AND a.privilege_type = 'SELECT'
), held (oid, rolname, "column", privilege, grantable) AS (
  SELECT t.oid, r.rolname, x.name, x.privilege_type, x.is_grantable
    FROM adopted AS t
    CROSS JOIN LATERAL (SELECT NULL::text AS name, e.* FROM pg_class AS c, aclexplode(c.relacl) AS e WHERE c.oid = t.oid
                        UNION ALL
                        SELECT p.attname, e.* FROM pg_attribute AS p, aclexplode(p.attacl) AS e WHERE p.attrelid = t.oid AND NOT p.attisdropped) AS x
    JOIN pg_roles AS r ON r.oid = x.grantee
), had (oid, full_name, rolname, "column", privilege, grantable) AS (
  SELECT t.oid, t.full_name, w.grantee, w."column", w.privilege, w.grantable
    FROM adopted AS t
    CROSS JOIN LATERAL jsonb_to_recordset(t.definition -> 'rights') AS w (grantee text, "column" text, privilege text, grantable boolean)
), richer AS (
  SELECT t.oid, t.full_name, g.rolname
    FROM adopted AS t CROSS JOIN granted AS g
   WHERE EXISTS (SELECT "column", privilege, grantable FROM held WHERE held.oid = t.oid AND held.rolname = g.rolname
                 EXCEPT SELECT "column", privilege, grantable FROM had WHERE had.oid = t.oid AND had.rolname = g.rolname)
), statement (place, text) AS (
  SELECT 1, format('REVOKE ALL ON %s FROM %I', full_name, rolname) FROM richer
  UNION ALL
  SELECT 22, format('GRANT %s%s ON %s TO %I%s', privilege, ' (' || quote_ident("column") || ')', full_name, rolname, CASE WHEN grantable THEN ' WITH GRANT OPTION' ELSE '' END)
    FROM richer JOIN had USING (oid, full_name, rolname)
  UNION ALL
  SELECT 22, format('REVOKE USAGE ON SCHEMA %I FROM %I', n.nspname, g.rolname)
    FROM pg_namespace AS n CROSS JOIN granted AS g
   WHERE n.oid = quote_ident(current_schema())::regnamespace AND EXISTS (SELECT FROM aclexplode(n.nspacl) AS a WHERE a.grantee = g.oid AND a.privilege_type = 'USAGE')
     AND NOT EXISTS (SELECT FROM rag_schema AS s WHERE g.rolname = ANY (s.entered_by))
  UNION ALL
  SELECT 6, format('ALTER TABLE %s ALTER COLUMN %I %s', full_name, "column", coalesce('SET DEFAULT ' || "default", 'DROP DEFAULT'))
    FROM changed WHERE "default" IS DISTINCT FROM present_default
  UNION ALL
  SELECT 6, format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL', full_name, "column") FROM changed WHERE attnotnull AND NOT not_null
  UNION ALL
  SELECT 6, format('DO %L', format('BEGIN IF NOT EXISTS (SELECT FROM %1$s WHERE length(%2$I) > %3$s) THEN ALTER TABLE %1$s ALTER COLUMN %2$I TYPE %4$s; END IF; END',
                                   full_name, "column", substring(type FROM '\d+'), type))
    FROM changed WHERE type LIKE 'character varying(%' AND type <> present_type AND NOT is_used
  UNION ALL
  SELECT 6, format('ALTER TABLE %s %s', full_name,
                   coalesce('SET (' || (SELECT o FROM jsonb_array_elements_text(definition -> 'options') AS o WHERE o LIKE 'fillfactor=%') || ')', 'RESET (fillfactor)'))
    FROM adopted WHERE EXISTS (SELECT FROM unnest(reloptions) AS o WHERE o LIKE 'fillfactor=%' AND NOT definition -> 'options' ? o)
  UNION ALL
  SELECT 4, format('ALTER TABLE %s REPLICA IDENTITY DEFAULT', full_name) FROM adopted WHERE definition ->> 'identity' = 'd' AND relreplident <> 'd'
)
SELECT place, text FROM statement
