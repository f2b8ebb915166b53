-- $1 organization, $2 source type, $3 source id. Returns the document and the mean direction of its chunks (NULL when it has no text).
SELECT d.id, (SELECT avg(l2_normalize(c.embedding))::real[] FROM rag_chunks AS c WHERE c.organization_id = $1 AND c.document_id = d.id AND NOT c.adopted)
  FROM rag_documents AS d
 WHERE d.organization_id = $1 AND d.source_type = $2 AND d.source_id = $3
