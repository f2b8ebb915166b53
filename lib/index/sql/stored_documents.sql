-- $1 organizations, $2 source types, $3 source ids. Returns for each that is stored its key, document and fingerprint, of its chunks, in order, ids,
-- hashes (nil where there is none) and indexes, and its language. By the unique key of rag_documents and the primary key of rag_chunks.
SELECT d.organization_id, d.source_type::text, d.source_id, d.id, d.fingerprint,
       array_agg(c.id ORDER BY c.chunk_index) FILTER (WHERE c.id IS NOT NULL),
       array_agg(coalesce(c.hash, '00000000-0000-0000-0000-000000000000') ORDER BY c.chunk_index) FILTER (WHERE c.id IS NOT NULL),
       array_agg(c.chunk_index ORDER BY c.chunk_index) FILTER (WHERE c.id IS NOT NULL), d.terms_language
  FROM unnest($1::uuid[], $2::text[], $3::uuid[]) AS source (organization_id, source_type, source_id)
  JOIN rag_documents AS d
    ON d.organization_id = source.organization_id AND d.source_type = source.source_type AND d.source_id = source.source_id
  LEFT JOIN rag_chunks AS c ON c.organization_id = d.organization_id AND c.document_id = d.id
 GROUP BY d.organization_id, d.id
