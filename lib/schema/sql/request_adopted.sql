-- $1 the document to go on behind. Requests, behind all fresh ones, the sources of the next 10,000 adopted documents, but for those for which
-- something waits or runs already: to be indexed anew, or removed where that was the last that was asked. Returns the last document; NULL: there is
-- none left. By rag_documents_id and rag_index_queue_source.
WITH next AS (
  SELECT id, organization_id, source_type, source_id FROM rag_documents WHERE adopted AND id > $1::text::uuid ORDER BY id LIMIT 10000
), added AS (
  INSERT INTO rag_index_queue (organization_id, source_type, source_id, action, priority)
  SELECT d.organization_id, d.source_type, d.source_id, coalesce(last.action, 'upsert'), 0
    FROM next AS d
    LEFT JOIN LATERAL (SELECT CASE q.action WHEN 'delete' THEN 'delete' END AS action, q.status IN ('pending', 'running') AS waits
                         FROM rag_index_queue AS q
                        WHERE q.organization_id = d.organization_id AND q.source_id = d.source_id AND q.source_type = d.source_type
                        ORDER BY q.status IN ('pending', 'running') DESC, q.created_at DESC, q.seq DESC LIMIT 1) AS last ON true
   WHERE last.waits IS NOT TRUE
)
SELECT (SELECT id::text FROM next ORDER BY id DESC LIMIT 1)
