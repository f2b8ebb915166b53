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

-- The trigger's argument is the source type.
CREATE OR REPLACE FUNCTION keep_indexed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    PERFORM rag_enqueue_index(OLD.organization_id, TG_ARGV[0], OLD.id, 'delete');
  ELSE
    PERFORM rag_enqueue_index(NEW.organization_id, TG_ARGV[0], NEW.id, 'upsert');
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER keep_indexed AFTER INSERT OR UPDATE OR DELETE ON kb_articles
  FOR EACH ROW EXECUTE FUNCTION keep_indexed('kb');
CREATE OR REPLACE TRIGGER keep_indexed AFTER INSERT OR UPDATE OR DELETE ON assets
  FOR EACH ROW EXECUTE FUNCTION keep_indexed('asset');
CREATE OR REPLACE TRIGGER keep_indexed AFTER INSERT OR UPDATE OR DELETE ON tickets
  FOR EACH ROW EXECUTE FUNCTION keep_indexed('ticket');
