-- For a transaction of our own, that neither waits nor stays open for ever, also when we lose touch with it. The limits are the transaction's,
-- not the session's, so that they reach nobody else through a pooler; where the user has set one, that one stands.
SELECT set_config(ours.name, ours.value, true)
  FROM (VALUES ('statement_timeout', '5min'), ('lock_timeout', '10s'), ('idle_in_transaction_session_timeout', '30s')) AS ours (name, value)
 WHERE current_setting(ours.name) = '0'
