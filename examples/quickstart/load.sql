-- Brings the tables in step with the files that rows.py wrote, which lie in psql's working directory; :organization owns the rows.
-- Writes, and so enqueues, only what differs. One transaction: a run that breaks off leaves no row without its request.

BEGIN;
CREATE TEMP TABLE new_articles (LIKE kb_articles) ON COMMIT DROP;
CREATE TEMP TABLE new_links (LIKE kb_links) ON COMMIT DROP;
CREATE TEMP TABLE new_assets (LIKE assets) ON COMMIT DROP;
CREATE TEMP TABLE new_tickets (LIKE tickets) ON COMMIT DROP;
\copy new_articles FROM 'kb_articles.tsv' ENCODING 'UTF8'
\copy new_links FROM 'kb_links.tsv' ENCODING 'UTF8'
\copy new_assets FROM 'assets.tsv' ENCODING 'UTF8'
\copy new_tickets FROM 'tickets.tsv' ENCODING 'UTF8'

-- An article whose links changed is a changed article. Comes before the articles, so that a new one is enqueued once.
WITH removed AS (
  DELETE FROM kb_links AS old
   WHERE organization_id = :'organization' AND NOT EXISTS (SELECT FROM new_links AS new WHERE new = old)
  RETURNING from_id
), added AS (
  INSERT INTO kb_links SELECT * FROM new_links ON CONFLICT DO NOTHING RETURNING from_id
)
SELECT count(rag_enqueue_index(organization_id, 'kb', id)) AS articles_with_changed_links
  FROM kb_articles WHERE id IN (SELECT from_id FROM removed UNION SELECT from_id FROM added);

DELETE FROM kb_articles WHERE organization_id = :'organization' AND id NOT IN (SELECT id FROM new_articles);
INSERT INTO kb_articles AS old SELECT * FROM new_articles
  ON CONFLICT (id) DO UPDATE
  SET (title, content, visibility, description) = (excluded.title, excluded.content, excluded.visibility, excluded.description)
  WHERE old.* IS DISTINCT FROM excluded.*;

DELETE FROM assets WHERE organization_id = :'organization' AND id NOT IN (SELECT id FROM new_assets);
INSERT INTO assets AS old SELECT * FROM new_assets
  ON CONFLICT (id) DO UPDATE
  SET (name, asset_type, metadata_json) = (excluded.name, excluded.asset_type, excluded.metadata_json)
  WHERE old.* IS DISTINCT FROM excluded.*;

DELETE FROM tickets WHERE organization_id = :'organization' AND id NOT IN (SELECT id FROM new_tickets);
INSERT INTO tickets AS old SELECT * FROM new_tickets
  ON CONFLICT (id) DO UPDATE
  SET (subject, description, resolution, status) = (excluded.subject, excluded.description, excluded.resolution, excluded.status)
  WHERE old.* IS DISTINCT FROM excluded.*;
COMMIT;
