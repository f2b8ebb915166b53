-- $1 a table's name as SQL writes it, $2 the column of its key. Returns its full name, its kind (pg_class.relkind), its columns, whether the key is a
-- text, and the names of all that it is made of: itself, its partitions and what inherits from it; nothing where there is no such table.
WITH RECURSIVE tree (oid) AS (
  SELECT to_regclass($1)::oid
  UNION
  SELECT i.inhrelid FROM tree JOIN pg_inherits AS i ON i.inhparent = tree.oid
)
SELECT format('%I.%I', n.nspname, c.relname), c.relkind::text,
       ARRAY(SELECT a.attname::text FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum),
       coalesce((SELECT y.typcategory = 'S' FROM pg_attribute AS a JOIN pg_type AS y ON y.oid = a.atttypid
                  WHERE a.attrelid = c.oid AND a.attname = $2 AND NOT a.attisdropped), false),
       ARRAY(SELECT format('%I.%I', p.nspname, r.relname) FROM tree JOIN pg_class AS r ON r.oid = tree.oid JOIN pg_namespace AS p ON p.oid = r.relnamespace
              WHERE r.relkind IN ('r', 'p') ORDER BY 1)
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.oid = to_regclass($1)
