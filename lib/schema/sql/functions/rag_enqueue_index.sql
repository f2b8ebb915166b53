-- One append. Tells sleeping workers, and only them: NOTIFY serializes the commits that use it. Without RETURNING, which would ask for the right to
-- read the row. Names of this schema, and operators, stand in full, whatever the caller's search_path: to set one for each call costs more than what is
-- left of it. Whoever can make an id of rag_job_id's kind himself, cheaper than the server does, names it. Neither calls the other: that would ask
-- for one more right.
DO $define$
BEGIN
  EXECUTE format($sql$
    CREATE OR REPLACE FUNCTION rag_enqueue_index(organization_id uuid, source_type text, source_id uuid, action text, priority integer, job uuid)
    RETURNS uuid LANGUAGE plpgsql AS $body$
    BEGIN
      INSERT INTO %1$I.rag_index_queue (id, organization_id, source_type, source_id, action, priority)
      VALUES ($6, $1, $2, $3, $4, $5);
      PERFORM pg_catalog.pg_notify('rag_index_queue', '')
        WHERE EXISTS (SELECT FROM %1$I.rag_workers
                       WHERE idle AND heartbeat_at OPERATOR(pg_catalog.+) lease OPERATOR(pg_catalog.>) pg_catalog.now());
      RETURN $6;
    END $body$;
    CREATE OR REPLACE FUNCTION rag_enqueue_index(organization_id uuid, source_type text, source_id uuid, action text DEFAULT 'upsert', priority integer DEFAULT 5)
    RETURNS uuid LANGUAGE plpgsql AS $body$
    DECLARE
      job uuid := %1$I.rag_job_id();
    BEGIN
      INSERT INTO %1$I.rag_index_queue (id, organization_id, source_type, source_id, action, priority)
      VALUES (job, $1, $2, $3, $4, $5);
      PERFORM pg_catalog.pg_notify('rag_index_queue', '')
        WHERE EXISTS (SELECT FROM %1$I.rag_workers
                       WHERE idle AND heartbeat_at OPERATOR(pg_catalog.+) lease OPERATOR(pg_catalog.>) pg_catalog.now());
      RETURN job;
    END $body$
  $sql$, current_schema());
END $define$;
