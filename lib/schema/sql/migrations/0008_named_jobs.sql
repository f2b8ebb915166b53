-- No table changes: rag_enqueue_index takes an id from who has made one, which programs of this version do when they enqueue.
SELECT;
