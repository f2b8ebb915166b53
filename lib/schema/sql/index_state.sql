-- $1 index. How it stands: absent, building, broken (its build was broken off) or ready.
SELECT CASE
  WHEN i.indexrelid IS NULL THEN 'absent'
  WHEN i.indisvalid THEN 'ready'
  WHEN EXISTS (SELECT FROM pg_stat_progress_create_index AS p WHERE p.index_relid = i.indexrelid) THEN 'building'
  ELSE 'broken' END
  FROM (SELECT to_regclass(format('%I.%I', current_schema(), $1::text)) AS oid) AS named
  LEFT JOIN pg_index AS i ON i.indexrelid = named.oid
