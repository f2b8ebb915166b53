-- The dimension of rag_chunks.embedding (-1: none yet), and whether the table is empty.
SELECT atttypmod, NOT EXISTS (SELECT FROM rag_chunks)
  FROM pg_attribute
 WHERE attrelid = format('%I.rag_chunks', current_schema())::regclass AND attname = 'embedding'
