-- $1 names of settings. What an extension point must leave as it was.
SELECT pg_current_xact_id_if_assigned()::text, pg_backend_pid(),
       ARRAY(SELECT coalesce(current_setting(name, true), '') FROM unnest($1::text[]) WITH ORDINALITY AS s (name, position) ORDER BY position)
