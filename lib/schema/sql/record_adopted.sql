-- $1 tables that are adopted.
INSERT INTO rag_adopted (name, row_security)
SELECT t, (SELECT relrowsecurity FROM pg_class WHERE oid = format('%I.%I', current_schema(), t)::regclass) FROM unnest($1::text[]) AS t
