-- $1 a table's name as SQL writes it. Whether the owner of ragqueue's tables, with whose rights changes are followed, can read all of its rows.
SELECT NOT has_table_privilege(o.oid, c.oid, 'SELECT')
    OR c.relrowsecurity AND NOT (o.rolsuper OR o.rolbypassrls) AND (c.relforcerowsecurity OR NOT pg_has_role(o.oid, c.relowner, 'USAGE')),
       format('%I', o.rolname)
  FROM pg_class AS q JOIN pg_roles AS o ON o.oid = q.relowner, pg_class AS c
 WHERE q.oid = 'rag_index_queue'::regclass AND c.oid = $1::regclass
