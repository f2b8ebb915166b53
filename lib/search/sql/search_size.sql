-- $1 organization, $2 where to stop counting; {passes}: the filter, from $3 on. Returns how many chunks pass, up to $2. Served by the keys of
-- rag_documents and rag_chunks.
SELECT count(*)
  FROM (SELECT FROM rag_documents AS d JOIN rag_chunks AS c ON c.organization_id = d.organization_id AND c.document_id = d.id
         WHERE d.organization_id = $1 AND NOT c.adopted{passes}
         LIMIT $2) AS passing
