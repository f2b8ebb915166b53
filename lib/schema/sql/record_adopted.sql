-- $1 tables that are adopted. Keeps what uninstall gives back: {options: [...], identity, columns: [{column, type, default, not_null}], rights: [{grantee,
-- column, privilege, grantable}]}; a right of PUBLIC has no grantee, and one of the whole table no column.
INSERT INTO rag_adopted (name, row_security, definition)
SELECT t, c.relrowsecurity,
       jsonb_build_object(
         'options', coalesce(to_jsonb(c.reloptions), '[]'),
         'identity', c.relreplident,
         'columns', (SELECT jsonb_agg(jsonb_build_object('column', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
                                                         'default', pg_get_expr(d.adbin, d.adrelid), 'not_null', a.attnotnull))
                       FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
         'rights', (SELECT coalesce(jsonb_agg(jsonb_build_object('grantee', r.rolname, 'column', x.name, 'privilege', x.privilege_type,
                                                                 'grantable', x.is_grantable)), '[]')
                      FROM (SELECT NULL AS name, e.* FROM aclexplode(c.relacl) AS e
                            UNION ALL
                            SELECT a.attname, e.* FROM pg_attribute AS a, aclexplode(a.attacl) AS e WHERE a.attrelid = c.oid AND NOT a.attisdropped) AS x
                      LEFT JOIN pg_roles AS r ON r.oid = x.grantee))
  FROM unnest($1::text[]) AS t
  JOIN pg_class AS c ON c.oid = format('%I.%I', current_schema(), t)::regclass
