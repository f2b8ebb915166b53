-- No table changes. rag_enqueue_index takes an id from who has made one, and a program that does so must not meet a schema without it.
SELECT;
