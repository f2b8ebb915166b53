-- $1 table. Its name and about how many rows it has, where these are many; one that was never analyzed goes by its size.
SELECT c.oid::regclass::text, greatest(c.reltuples, pg_relation_size(c.oid) / 1024)::bigint
  FROM pg_class AS c
 WHERE c.oid = to_regclass($1) AND (c.reltuples >= 10000 OR c.reltuples < 0 AND pg_relation_size(c.oid) >= 10000 * 1024)
