-- $1 tables, $2 a time: of transactions that began later none counts, and none that only reads; NULL for all. Who holds locks on the tables, in words.
SELECT 'held by ' || string_agg(holder, '; ')
  FROM (SELECT DISTINCT format('pid %s (%s, user %s) on %s: %s', a.pid, coalesce(nullif(a.application_name, ''), 'no application_name'), a.usename,
                               l.relation::regclass, left(regexp_replace(a.query, '\s+', ' ', 'g'), 200)) AS holder
          FROM unnest($1::text[]) AS t
          JOIN pg_locks AS l ON l.relation = to_regclass(format('%I.%I', current_schema(), t)) AND l.granted
                            AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
          JOIN pg_stat_activity AS a ON a.pid = l.pid
         WHERE a.pid <> pg_backend_pid() AND ($2::text IS NULL OR l.mode NOT IN ('AccessShareLock', 'RowShareLock') AND a.xact_start <= $2::text::timestamptz)) AS holding
