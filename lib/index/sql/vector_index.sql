-- $1 from how many chunks on an index is wanted. Returns how the HNSW index over the chunks stands: ready, building, due or unneeded.
-- An invalid one is being built while somebody holds the lock that CREATE INDEX CONCURRENTLY takes; else its build was broken off.
-- Counting ends at $1. Served by the primary key of rag_chunks.
WITH hnsw AS (
  SELECT i.indisvalid AS valid
    FROM pg_index AS i JOIN pg_opclass AS o ON o.oid = i.indclass[0] JOIN pg_am AS a ON a.oid = o.opcmethod
   WHERE i.indrelid = 'rag_chunks'::regclass AND i.indpred IS NULL AND a.amname = 'hnsw' AND o.opcname = 'vector_cosine_ops'
)
SELECT CASE
  WHEN EXISTS (SELECT FROM hnsw WHERE valid) THEN 'ready'
  WHEN EXISTS (SELECT FROM hnsw)
       AND EXISTS (SELECT FROM pg_locks
                    WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database())
                      AND relation = 'rag_chunks'::regclass AND mode = 'ShareUpdateExclusiveLock' AND granted) THEN 'building'
  WHEN (SELECT count(*) FROM (SELECT FROM rag_chunks LIMIT $1) AS counted) >= $1 THEN 'due'
  ELSE 'unneeded' END
