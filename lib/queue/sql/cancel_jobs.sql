-- $1 source type, $2 organization, $3 id; NULL matches all. A row that a claim has locked is left to it.
DELETE FROM ONLY rag_index_queue
 WHERE id IN (SELECT q.id FROM ONLY rag_index_queue AS q
               WHERE q.status = 'pending'
                 AND ($1::text IS NULL OR q.source_type = $1) AND ($2::uuid IS NULL OR q.organization_id = $2) AND ($3::uuid IS NULL OR q.id = $3)
               ORDER BY q.id
                 FOR UPDATE SKIP LOCKED)
   AND status = 'pending'
