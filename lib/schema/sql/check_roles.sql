-- Roles that may use the queue but see none of its rows, or only those of app.current_org, where they may expect all: their rights are older than init,
-- or come from pg_read_all_data. Only what a role may do to the whole table counts: grants gives a reader single columns.
WITH queue AS (
  SELECT c.oid, c.relowner FROM pg_class AS c WHERE c.oid = 'rag_index_queue'::regclass AND c.relrowsecurity
), given AS (
  SELECT r.oid, r.rolname::text AS name, p AS privilege
    FROM queue, pg_roles AS r, unnest('{SELECT,UPDATE,DELETE}'::text[]) AS p
   WHERE r.rolcanlogin AND NOT r.rolsuper AND NOT r.rolbypassrls AND NOT pg_has_role(r.oid, queue.relowner, 'USAGE')
     AND has_table_privilege(r.oid, queue.oid, p) AND NOT has_table_privilege('public', queue.oid, p)
), blind AS (
  SELECT g.name, g.privilege
    FROM queue, given AS g
   WHERE NOT EXISTS (SELECT FROM pg_policy AS p
                      WHERE p.polrelid = queue.oid AND p.polpermissive AND pg_get_expr(p.polqual, p.polrelid) = 'true'
                        AND p.polcmd::text IN ('*', CASE g.privilege WHEN 'SELECT' THEN 'r' WHEN 'UPDATE' THEN 'w' ELSE 'd' END)
                        AND (0 = ANY (p.polroles) OR EXISTS (SELECT FROM unnest(p.polroles) AS m WHERE m <> 0 AND pg_has_role(g.oid, m, 'USAGE'))))
)
SELECT false, format('the role %I may %s rag_index_queue, but row-level security shows it no rows%s', name, string_agg(lower(privilege), ', ' ORDER BY privilege DESC),
                     CASE WHEN bool_and(privilege = 'SELECT') THEN ' but those of app.current_org' ELSE '' END),
       format('Have the owner run what this prints: rag_worker grants %I --duty %s', name,
              CASE WHEN bool_and(privilege = 'SELECT') THEN 'monitor (dashboards), or backup (pg_dump)' ELSE 'work' END)
  FROM blind
 GROUP BY name
UNION ALL
SELECT false, format('every role may %s rag_index_queue, but row-level security shows most of them no rows but those of app.current_org', string_agg(lower(p), ', ')),
       'Have the owner run: REVOKE ALL ON rag_index_queue FROM PUBLIC; and for each role that needs it what rag_worker grants prints'
  FROM queue, unnest('{SELECT,UPDATE,DELETE}'::text[]) AS p
 WHERE has_table_privilege('public', queue.oid, p)
HAVING count(*) > 0
