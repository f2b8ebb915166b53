-- Of the promised tables those that stand in this schema, in the order in which they are made.
SELECT t.name
  FROM unnest('{rag_index_queue,rag_documents,rag_chunks,rag_nodes,rag_edges}'::text[]) WITH ORDINALITY AS t (name, place)
 WHERE to_regclass(format('%I.%I', current_schema(), t.name)) IS NOT NULL
 ORDER BY t.place
