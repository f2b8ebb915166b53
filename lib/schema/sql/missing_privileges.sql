-- Follows privileges.sql. $1 duty, $2 role. Returns what the role lacks, one phrase for each object.
-- Rows that row-level security hides make no error, so the policies are looked at: of a table of which all rows are needed, one must show all for
-- each command, and no restrictive one may hide any.
, asked AS (
  SELECT r.oid, r.rolsuper OR r.rolbypassrls AS exempt FROM pg_roles AS r WHERE r.rolname = $2
), privilege AS (
  SELECT o.kind, o.oid, o.name, o.place, o.row_access, p AS privilege,
         CASE o.kind
           WHEN 'SCHEMA' THEN has_schema_privilege(asked.oid, o.oid, p)
           WHEN 'SEQUENCE' THEN has_sequence_privilege(asked.oid, o.oid, p)
           WHEN 'FUNCTION' THEN has_function_privilege(asked.oid, o.oid, p)
           ELSE has_table_privilege(asked.oid, o.oid, p)
             OR coalesce((SELECT bool_and(has_column_privilege(asked.oid, o.oid, c, p)) FROM unnest(o.columns) AS c), false)
         END AS given
    FROM asked, object AS o, unnest(o.privileges) AS p
   WHERE o.duty = $1
), policy AS (
  SELECT p.polrelid, p.polpermissive, c.privilege,
         (c.privilege = 'INSERT' OR coalesce(pg_get_expr(p.polqual, p.polrelid), 'true') = 'true')
           AND (c.privilege NOT IN ('INSERT', 'UPDATE') OR coalesce(pg_get_expr(coalesce(p.polwithcheck, p.polqual), p.polrelid), 'true') = 'true') AS for_all
    FROM asked, pg_policy AS p
    JOIN (VALUES ('r', 'SELECT'), ('a', 'INSERT'), ('w', 'UPDATE'), ('d', 'DELETE')) AS c (command, privilege) ON p.polcmd::text IN ('*', c.command)
   WHERE 0 = ANY (p.polroles) OR EXISTS (SELECT FROM unnest(p.polroles) AS r WHERE r <> 0 AND pg_has_role(asked.oid, r, 'USAGE'))
), hidden AS (
  SELECT v.name, v.place, v.privilege
    FROM asked, privilege AS v
    JOIN pg_class AS c ON c.oid = v.oid AND v.kind = 'TABLE'
    LEFT JOIN policy AS p ON p.polrelid = v.oid AND p.privilege = v.privilege
   WHERE v.row_access IS NOT NULL AND v.given AND c.relrowsecurity AND NOT asked.exempt
     AND (c.relforcerowsecurity OR NOT pg_has_role(asked.oid, c.relowner, 'USAGE'))
   GROUP BY v.name, v.place, v.privilege, v.row_access
  HAVING NOT coalesce(bool_or(p.polpermissive AND (p.for_all OR v.row_access <> 'all')), false)
      OR v.row_access = 'all' AND coalesce(bool_or(NOT p.polpermissive AND NOT p.for_all), false)
)
SELECT phrase FROM (
  SELECT 1 AS part, place, name, format('%s on %s', string_agg(privilege, ', '), name) AS phrase FROM privilege WHERE NOT given GROUP BY place, name
  UNION ALL
  SELECT 2, place, name, format('a policy that shows all rows of %s for %s', name, string_agg(privilege, ', ')) FROM hidden GROUP BY place, name) AS lacking
 ORDER BY part, place, name
