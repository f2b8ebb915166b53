-- $1 role. The statement that lets it dump tables with row-level security. A superuser gives that; anyone else is told what to do instead.
SELECT format('DO %L;', format($$BEGIN
  ALTER ROLE %I BYPASSRLS;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE WARNING '%%', %L;
END$$, $1::text, format('a superuser must run: ALTER ROLE %I BYPASSRLS; until then dump with: pg_dump --enable-row-security', $1)))
