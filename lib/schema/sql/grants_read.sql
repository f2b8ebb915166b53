-- For a program that searches: it sees the rows of the organization that it sets as app.current_org, and without one none.
GRANT USAGE ON SCHEMA {schema} TO {role};
GRANT SELECT ON {schema}.rag_index_queue, {schema}.rag_documents, {schema}.rag_chunks, {schema}.rag_nodes, {schema}.rag_edges,
  {schema}.rag_schema, {schema}.rag_embedder TO {role};
GRANT EXECUTE ON FUNCTION {schema}.rag_current_organization() TO {role};
