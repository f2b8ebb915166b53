-- $1 most milliseconds for the source query that follows in this transaction, $2 for its wait for a lock. A shorter limit, the user's, stands.
SELECT set_config(ours.name, ours.ms::text, true)
  FROM (VALUES ('statement_timeout', $1::bigint), ('lock_timeout', $2::bigint)) AS ours (name, ms)
 WHERE current_setting(ours.name) = '0' OR current_setting(ours.name)::interval > ours.ms * interval '1 ms'
