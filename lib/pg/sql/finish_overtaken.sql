-- $1 ids, of failed jobs that retry_failed.sql found overtaken. By primary key.
SELECT rag_finish($1, 'failed')
