-- The schema on the search path where ragqueue's tables stand but which the role may not use, and the role. No row when there is none, or
-- tables are found before it.
SELECT n.nspname::text, current_user::text
  FROM unnest(string_to_array(current_setting('search_path'), ',')) WITH ORDINALITY AS entry (name, place)
  JOIN pg_namespace AS n ON n.nspname = replace(btrim(entry.name, ' "'), '$user', current_user)
  JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = 'rag_schema'
 WHERE to_regclass('rag_schema') IS NULL AND NOT has_schema_privilege(n.oid, 'USAGE')
 ORDER BY entry.place
 LIMIT 1
