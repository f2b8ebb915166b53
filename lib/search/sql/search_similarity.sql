-- $1 organization, $2 vector, $3 documents. Returns each with the cosine similarity of its nearest chunk. Served by the key of rag_chunks.
SELECT document_id, max(1 - (embedding <=> $2::real[]::vector))
  FROM rag_chunks
 WHERE organization_id = $1 AND document_id = ANY ($3::uuid[]) AND NOT adopted AND embedding IS NOT NULL
 GROUP BY document_id
