-- $1 organization, $2 where to stop counting, $3 source types, $4 visibilities, $5 metadata to be contained; NULL for no filter.
-- Returns how many chunks pass, up to $2. Served by the keys of rag_documents and rag_chunks.
SELECT count(*)
  FROM (SELECT FROM rag_documents AS d JOIN rag_chunks AS c ON c.organization_id = d.organization_id AND c.document_id = d.id
         WHERE d.organization_id = $1 AND NOT c.adopted
           AND ($3::text[] IS NULL OR d.source_type = ANY ($3)) AND ($4::text[] IS NULL OR d.visibility = ANY ($4))
           AND ($5::text IS NULL OR d.metadata_json @> $5::text::jsonb)
         LIMIT $2) AS passing
