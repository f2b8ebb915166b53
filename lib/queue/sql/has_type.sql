-- $1 source type.
SELECT EXISTS (SELECT FROM rag_index_queue WHERE source_type = $1)
