-- How many chunks have no vector, but for those of the system before ragqueue. By rag_chunks_unknown.
SELECT count(*) FROM rag_chunks WHERE embedding IS NULL AND NOT adopted
