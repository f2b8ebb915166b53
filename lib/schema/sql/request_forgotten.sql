-- Requests, behind all fresh ones, the sources that an adopted queue asked for and for which there is neither a document nor anything that waits or
-- runs: what failed in the system before ragqueue, or was never stored. A source whose removal was asked for last is left out.
INSERT INTO rag_index_queue (organization_id, source_type, source_id, action, priority)
SELECT old.organization_id, old.source_type, old.source_id, 'upsert', 0
  FROM (SELECT DISTINCT ON (organization_id, source_type, source_id) organization_id, source_type, source_id, action
          FROM rag_index_queue
         ORDER BY organization_id, source_type, source_id, status IN ('pending', 'running') DESC, created_at DESC, seq DESC) AS old
 WHERE old.action <> 'delete'
   AND NOT EXISTS (SELECT FROM rag_index_queue AS q
                    WHERE q.organization_id = old.organization_id AND q.source_id = old.source_id AND q.source_type = old.source_type
                      AND q.status IN ('pending', 'running'))
   AND NOT EXISTS (SELECT FROM rag_documents AS d
                    WHERE d.organization_id = old.organization_id AND d.source_type = old.source_type AND d.source_id = old.source_id)
