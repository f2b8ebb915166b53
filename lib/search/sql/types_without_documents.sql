-- $1 organization, $2 source types. Those of which it has no document, as they were given. By rag_documents_source.
SELECT type
  FROM unnest($2::text[]) WITH ORDINALITY AS given (type, place)
 WHERE NOT EXISTS (SELECT FROM rag_documents AS d WHERE d.organization_id = $1 AND d.source_type = type)
 ORDER BY place
