-- For a program that only enqueues. With app.current_org set it can do so for that organization alone.
GRANT USAGE ON SCHEMA {schema} TO {role};
GRANT INSERT ON {schema}.rag_index_queue TO {role};
GRANT USAGE ON SEQUENCE {schema}.rag_index_queue_seq TO {role};
GRANT EXECUTE ON FUNCTION {schema}.rag_enqueue_index(uuid, text, uuid, text, integer),
  {schema}.rag_enqueue_index(uuid, text, uuid, text, integer, uuid), {schema}.rag_job_id(),
  {schema}.rag_drop_repeated(uuid[]), {schema}.rag_check_request(text, text, integer, text), {schema}.rag_current_organization() TO {role};
GRANT SELECT ON {schema}.rag_schema TO {role};
GRANT SELECT (idle, heartbeat_at, lease) ON {schema}.rag_workers TO {role};
