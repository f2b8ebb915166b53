-- $1 organization, $2 vector, $3 how many documents to return,
-- $4 source types, $5 visibilities, $6 metadata to be contained, $7 a document to leave out; NULL for no filter.
-- The true nearest: every chunk that passes is compared, but for the vectors of the system before ragqueue. Served by the keys of rag_documents and rag_chunks.
WITH compared AS MATERIALIZED (
  SELECT c.document_id, c.chunk_index, c.embedding <=> $2::real[]::vector AS distance
    FROM rag_documents AS d JOIN rag_chunks AS c ON c.organization_id = d.organization_id AND c.document_id = d.id
   WHERE d.organization_id = $1 AND NOT c.adopted AND ($7::uuid IS NULL OR d.id <> $7)
     AND ($4::text[] IS NULL OR d.source_type = ANY ($4)) AND ($5::text[] IS NULL OR d.visibility = ANY ($5))
     AND ($6::text IS NULL OR d.metadata_json @> $6::text::jsonb)
), best AS (
  SELECT DISTINCT ON (document_id) document_id, chunk_index, distance FROM compared ORDER BY document_id, distance, chunk_index
)
SELECT 1 - best.distance, d.source_type::text, d.source_id, d.title, c.content
  FROM best
  JOIN rag_documents AS d ON d.organization_id = $1 AND d.id = best.document_id
  JOIN rag_chunks AS c ON c.organization_id = $1 AND c.document_id = best.document_id AND c.chunk_index = best.chunk_index
 ORDER BY best.distance, d.source_type, d.source_id
 LIMIT $3
