-- For the role of rag_worker, which needs to be neither superuser nor owner: its rights, and sight of every organization's rows in these
-- tables. The rows of your own tables it reads with app.current_org set; give it SELECT on those that the sources read. init stays the owner's:
-- after a first load of many rows run it once more, for the vector index, which only an owner can build.
GRANT USAGE ON SCHEMA {schema} TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON {schema}.rag_index_queue, {schema}.rag_index_queue_ended, {schema}.rag_workers, {schema}.rag_documents, {schema}.rag_chunks,
  {schema}.rag_nodes, {schema}.rag_edges TO {role};
GRANT SELECT ON {schema}.rag_schema, {schema}.rag_embedder TO {role};
GRANT USAGE ON SEQUENCE {schema}.rag_index_queue_seq, {schema}.rag_claim_token TO {role};
GRANT EXECUTE ON FUNCTION {schema}.rag_enqueue_index(uuid, text, uuid, text, integer),
  {schema}.rag_enqueue_index(uuid, text, uuid, text, integer, uuid), {schema}.rag_job_id(),
  {schema}.rag_drop_repeated(uuid[]), {schema}.rag_check_request(text, text, integer, text), {schema}.rag_current_organization(),
  {schema}.rag_claim(bigint, integer, integer[], integer[], timestamptz[], bigint[]),
  {schema}.rag_lock_due(integer, uuid[], text[], uuid[], integer[], integer[], timestamptz[], bigint[]),
  {schema}.rag_finish(uuid[], text, bigint, text) TO {role};
DROP POLICY IF EXISTS {policy} ON {schema}.rag_index_queue;
DROP POLICY IF EXISTS {policy} ON {schema}.rag_index_queue_ended;
DROP POLICY IF EXISTS {policy} ON {schema}.rag_documents;
DROP POLICY IF EXISTS {policy} ON {schema}.rag_chunks;
DROP POLICY IF EXISTS {policy} ON {schema}.rag_nodes;
DROP POLICY IF EXISTS {policy} ON {schema}.rag_edges;
CREATE POLICY {policy} ON {schema}.rag_index_queue TO {role} USING (true);
CREATE POLICY {policy} ON {schema}.rag_index_queue_ended TO {role} USING (true);
CREATE POLICY {policy} ON {schema}.rag_documents TO {role} USING (true);
CREATE POLICY {policy} ON {schema}.rag_chunks TO {role} USING (true);
CREATE POLICY {policy} ON {schema}.rag_nodes TO {role} USING (true);
CREATE POLICY {policy} ON {schema}.rag_edges TO {role} USING (true);
