-- Adopted chunks whose document is missing, or another organization's.
DELETE FROM rag_chunks AS c
 WHERE c.adopted AND NOT EXISTS (SELECT FROM rag_documents AS d WHERE d.organization_id = c.organization_id AND d.id = c.document_id)
