SELECT id, title, content AS body, visibility
  FROM kb_articles
 WHERE organization_id = $1 AND id = ANY ($2)
