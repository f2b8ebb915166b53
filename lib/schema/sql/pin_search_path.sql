-- For the transaction: this schema and pgvector's by name, and never the owner's "$user". Functions that are defined with SET search_path FROM CURRENT
-- keep it, whoever calls them.
SELECT set_config('search_path', concat_ws(', ', quote_ident(current_schema()), quote_ident(nullif(n.nspname, current_schema())), 'pg_temp'), true)
  FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace
 WHERE e.extname = 'vector'
