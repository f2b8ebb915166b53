-- What a worker calls, for a worker and for jobs that do not exist: each statement inside is planned, so that a name that is not found, a column that
-- went, or a right that is missing shows.
SELECT (SELECT count(*) FROM rag_claim(-1, 1)), (SELECT count(*) FROM rag_lock_pending(0, false, '{}', '{}', 0, now(), 0)), rag_end_pauses(0),
       (SELECT count(*) FROM rag_run_single(-1, -1, '{}')), (SELECT count(*) FROM rag_run_newest(-1, -1, '{}', false)),
       rag_leave('{}', '{}', 'return'), rag_finish('{}', 'running')
