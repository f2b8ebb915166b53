-- $1 the document to go on behind. Requests, behind all fresh ones, the sources of the next 10,000 documents, but for those for which something waits or
-- runs already. Returns how many were requested, and the last document; NULL: there is none left. By rag_documents_id and rag_index_queue_source.
WITH next AS (
  SELECT id, organization_id, source_type, source_id FROM rag_documents WHERE NOT adopted AND id > $1::text::uuid ORDER BY id LIMIT 10000
), added AS (
  INSERT INTO rag_index_queue (organization_id, source_type, source_id, action, priority)
  SELECT d.organization_id, d.source_type, d.source_id, 'upsert', 0
    FROM next AS d
   WHERE NOT EXISTS (SELECT FROM rag_index_queue AS q
                      WHERE q.organization_id = d.organization_id AND q.source_id = d.source_id AND q.source_type = d.source_type
                        AND q.status IN ('pending', 'running'))
  RETURNING 1
)
SELECT (SELECT count(*) FROM added), (SELECT id::text FROM next ORDER BY id DESC LIMIT 1)
