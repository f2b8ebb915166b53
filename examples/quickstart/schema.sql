-- The tables of a small helpdesk. Triggers enqueue what changes, in the transaction that changes it.

SET client_min_messages = warning;  -- says nothing of tables that stand already

CREATE TABLE IF NOT EXISTS kb_articles (
  id              uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  title           text NOT NULL,
  content         text NOT NULL,
  visibility      text NOT NULL,
  description     text NOT NULL  -- not indexed: the recall measure asks with it
);

CREATE TABLE IF NOT EXISTS kb_links (
  organization_id uuid NOT NULL,
  from_id         uuid NOT NULL,
  to_id           uuid NOT NULL,
  edge_type       text NOT NULL,
  PRIMARY KEY (organization_id, from_id, to_id, edge_type)
);

CREATE TABLE IF NOT EXISTS assets (
  id              uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  name            text NOT NULL,
  asset_type      text NOT NULL,
  metadata_json   jsonb NOT NULL
);

CREATE TABLE IF NOT EXISTS tickets (
  id              uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  subject         text NOT NULL,
  description     text NOT NULL,
  resolution      text,
  status          text NOT NULL
);

-- The trigger's argument is the source type. A row that moves to another organization, or changes its id, leaves the index where it was.
CREATE OR REPLACE FUNCTION keep_indexed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'TRUNCATE' THEN  -- before it, while the rows can still be read
    EXECUTE format('SELECT count(rag_enqueue_index(organization_id, $1, id, ''delete'')) FROM %s', TG_RELID::regclass) USING TG_ARGV[0];
  ELSIF TG_OP = 'DELETE' THEN
    PERFORM rag_enqueue_index(organization_id, TG_ARGV[0], id, 'delete') FROM old_rows;
  ELSE
    IF TG_OP = 'UPDATE' THEN
      PERFORM rag_enqueue_index(o.organization_id, TG_ARGV[0], o.id, 'delete')
         FROM old_rows AS o
        WHERE NOT EXISTS (SELECT FROM new_rows AS n WHERE n.organization_id = o.organization_id AND n.id = o.id);
    END IF;
    PERFORM rag_enqueue_index(organization_id, TG_ARGV[0], id, 'upsert') FROM new_rows;
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER keep_indexed AFTER INSERT ON kb_articles REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION keep_indexed('kb');
CREATE OR REPLACE TRIGGER keep_indexed_update AFTER UPDATE ON kb_articles REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION keep_indexed('kb');
CREATE OR REPLACE TRIGGER keep_indexed_delete AFTER DELETE ON kb_articles REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION keep_indexed('kb');
CREATE OR REPLACE TRIGGER keep_indexed_truncate BEFORE TRUNCATE ON kb_articles
  FOR EACH STATEMENT EXECUTE FUNCTION keep_indexed('kb');

CREATE OR REPLACE TRIGGER keep_indexed AFTER INSERT ON assets REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION keep_indexed('asset');
CREATE OR REPLACE TRIGGER keep_indexed_update AFTER UPDATE ON assets REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION keep_indexed('asset');
CREATE OR REPLACE TRIGGER keep_indexed_delete AFTER DELETE ON assets REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION keep_indexed('asset');
CREATE OR REPLACE TRIGGER keep_indexed_truncate BEFORE TRUNCATE ON assets
  FOR EACH STATEMENT EXECUTE FUNCTION keep_indexed('asset');

CREATE OR REPLACE TRIGGER keep_indexed AFTER INSERT ON tickets REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION keep_indexed('ticket');
CREATE OR REPLACE TRIGGER keep_indexed_update AFTER UPDATE ON tickets REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION keep_indexed('ticket');
CREATE OR REPLACE TRIGGER keep_indexed_delete AFTER DELETE ON tickets REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION keep_indexed('ticket');
CREATE OR REPLACE TRIGGER keep_indexed_truncate BEFORE TRUNCATE ON tickets
  FOR EACH STATEMENT EXECUTE FUNCTION keep_indexed('ticket');
