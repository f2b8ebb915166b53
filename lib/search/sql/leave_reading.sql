-- $1 organization, $2 time limit, $3 interval, as enter_reading.sql returned them: the caller's transaction goes on with its own settings.
SELECT set_config('app.current_org', $1, true), set_config('statement_timeout', $2, true), set_config('client_connection_check_interval', $3, true)
