-- $1 organization, $2 time limit of a statement in milliseconds. Sets, until the transaction ends, what a reader's statements need; a lower limit
-- that is set already stands. Returns the settings of before, and whether they were changed: not where row-level security binds the session to
-- another organization. Servers on Windows cannot tell that a client has gone.
WITH before AS MATERIALIZED (
  SELECT current_setting('app.current_org', true) AS organization, current_setting('statement_timeout') AS timeout,
         current_setting('client_connection_check_interval') AS interval, row_security_active('rag_documents') AS secured
), allowed AS MATERIALIZED (
  SELECT *, CASE WHEN secured AND organization <> '' THEN organization::uuid = $1::text::uuid ELSE true END AS yes,
         CASE WHEN timeout::interval BETWEEN '1 ms' AND $2 * interval '1 ms' THEN timeout ELSE $2::text END AS limited,
         CASE WHEN interval = '0' AND version() !~ 'mingw|msvc|Visual C' THEN '1s' ELSE interval END AS looked
    FROM before
)
SELECT organization, timeout, interval, coalesce(yes, true),
       CASE WHEN coalesce(yes, true)
            THEN num_nulls(set_config('app.current_org', $1, true), set_config('statement_timeout', limited, true),
                           set_config('client_connection_check_interval', looked, true)) END
  FROM allowed
