-- $1 organizations, $2 documents. By primary key.
DELETE FROM rag_chunks AS c
 USING unnest($1::uuid[], $2::uuid[]) AS document (organization_id, id)
 WHERE c.organization_id = document.organization_id AND c.document_id = document.id
