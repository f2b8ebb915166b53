-- $1 organizations, $2 documents, $3 the languages that they had. The words of the chunks that stay are taken anew where that has changed. By the keys
-- of rag_documents and rag_chunks.
UPDATE rag_chunks AS c
   SET terms = rag_terms(c.content, d.terms_language)
  FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS before (organization_id, document_id, language)
  JOIN rag_documents AS d ON d.organization_id = before.organization_id AND d.id = before.document_id AND d.terms_language <> before.language
 WHERE c.organization_id = d.organization_id AND c.document_id = d.id
