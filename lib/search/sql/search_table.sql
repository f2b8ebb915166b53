-- Returns about how many chunks there are in all organizations, and whether an HNSW index over them can be searched. Reads the catalogue only.
SELECT greatest(t.reltuples, 0)::float8,
       EXISTS (SELECT FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_am AS a ON a.oid = c.relam
                WHERE i.indrelid = t.oid AND i.indisvalid AND a.amname = 'hnsw')
  FROM pg_class AS t
 WHERE t.oid = 'rag_chunks'::regclass
