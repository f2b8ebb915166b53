-- Returns about how many chunks there are in all organizations, and whether an HNSW index over them can be searched. Reads the catalogue only.
SELECT greatest(t.reltuples, 0)::float8,
       EXISTS (SELECT FROM pg_index AS i JOIN pg_opclass AS o ON o.oid = i.indclass[0] JOIN pg_am AS a ON a.oid = o.opcmethod
                WHERE i.indrelid = t.oid AND i.indisvalid AND i.indpred IS NULL AND a.amname = 'hnsw' AND o.opcname = 'vector_cosine_ops')
  FROM pg_class AS t
 WHERE t.oid = 'rag_chunks'::regclass
