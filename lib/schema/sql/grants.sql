-- Follows privileges.sql. $1 duty, $2 role. Returns the statements that give the role what the duty needs, in order.
, wanted AS (
  SELECT o.*, quote_ident($2) AS role,
         quote_ident(CASE WHEN octet_length(duty || $2) <= 58 THEN format('rag_%s_%s', duty, $2) ELSE format('rag_%s_%s', duty, md5($2)) END) AS policy,
         (SELECT string_agg(quote_ident(c), ', ') FROM unnest(o.columns) AS c) AS listed
    FROM object AS o WHERE duty = $1
)
SELECT statement FROM (
  SELECT place, name, format('GRANT %s ON %s%s TO %s;', (SELECT string_agg(p || coalesce(' (' || listed || ')', ''), ', ') FROM unnest(privileges) AS p),
                             CASE kind WHEN 'TABLE' THEN '' ELSE kind || ' ' END, name, role) AS statement
    FROM wanted
  UNION ALL
  SELECT 5, name, format(E'DROP POLICY IF EXISTS %1$s ON %2$s;\nCREATE POLICY %1$s ON %2$s%3$s TO %4$s USING (%5$s);', policy, name,
                         CASE privileges WHEN '{SELECT}' THEN ' FOR SELECT' ELSE '' END, role,
                         CASE row_access WHEN 'new' THEN (SELECT quote_ident(nspname) FROM home) || '.rag_is_new(id)' ELSE 'true' END)
    FROM wanted WHERE row_access IN ('all', 'new')) AS statements
 ORDER BY place, name
