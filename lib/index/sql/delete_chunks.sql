-- $1 organizations, $2 documents, $3 chunks. By primary key.
DELETE FROM rag_chunks AS c
 USING unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS chunk (organization_id, document_id, id)
 WHERE c.organization_id = chunk.organization_id AND c.document_id = chunk.document_id AND c.id = chunk.id
