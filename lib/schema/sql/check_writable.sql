-- Whether this session could write.
SELECT true, CASE WHEN pg_is_in_recovery() THEN 'the server is a standby: nothing can be written' ELSE format('the database is read-only: default_transaction_read_only is on, set by: %s', s.source) END,
       CASE WHEN pg_is_in_recovery() THEN 'Name the primary, or several hosts with target_session_attrs=read-write'
            ELSE 'Take the setting back, such as by ALTER DATABASE ... RESET default_transaction_read_only, or ALTER ROLE ... RESET ...' END
  FROM pg_settings AS s
 WHERE s.name = 'default_transaction_read_only' AND (s.setting = 'on' OR pg_is_in_recovery())
