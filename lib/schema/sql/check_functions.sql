-- What a worker calls, for a worker and for jobs that do not exist: each statement inside is planned, so that a name that is not found, a column that
-- went, or a right that is missing shows.
SELECT (SELECT count(*) FROM rag_claim(-1, 1)), rag_finish('{}', 'running')
