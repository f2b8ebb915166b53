-- The statements that have our constraints look at the rows that stood before.
SELECT format('ALTER TABLE %s VALIDATE CONSTRAINT %I', conrelid::regclass, conname)
  FROM pg_constraint
 WHERE connamespace = quote_ident(current_schema())::regnamespace AND NOT convalidated
   AND conname IN ('rag_chunks_whole', 'rag_chunks_document_fkey', 'rag_nodes_document_fkey', 'rag_edges_from_fkey', 'rag_edges_to_fkey',
                   'rag_edges_document_fkey')
 ORDER BY conname
