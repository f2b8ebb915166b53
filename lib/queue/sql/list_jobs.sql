-- $1 source type, $2 organization, $3 id, $4 status, $5 the id below which the page begins (NULL matches all), $6 how many. Needs the
-- rights of the duty `work`. Times that a C++ clock lacks are NULL. By the primary key, and the archive's index by id.
SELECT q.id, q.organization_id, q.source_type::text, q.source_id, q.action::text, q.priority, q.status::text, q.attempts, coalesce(q.last_error, ''),
       CASE WHEN q.created_at BETWEEN '1700-01-01' AND '2200-01-01' THEN q.created_at END,
       CASE WHEN q.updated_at BETWEEN '1700-01-01' AND '2200-01-01' THEN q.updated_at END,
       CASE WHEN q.run_at BETWEEN '1700-01-01' AND '2200-01-01' THEN q.run_at END, q.superseded_by
  FROM rag_index_queue AS q
 WHERE ($1::text IS NULL OR q.source_type = $1) AND ($2::uuid IS NULL OR q.organization_id = $2) AND ($3::uuid IS NULL OR q.id = $3)
   AND ($4::text IS NULL OR q.status = $4) AND ($5::uuid IS NULL OR q.id < $5)
 ORDER BY q.id DESC LIMIT $6
