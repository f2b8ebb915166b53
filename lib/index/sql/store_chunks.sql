-- $1 organizations, $2 documents, $3 chunk indexes, $4 contents, $5 token counts, $6 hashes (NULL: not known), $7 vectors, $8 languages, a row each.
-- No COPY: the server refuses that to all but the owner of a table with row-level security, and a worker need not be the owner.
INSERT INTO rag_chunks (organization_id, document_id, chunk_index, content, token_count, hash, embedding, terms)
SELECT organization_id, document_id, chunk_index, content, token_count, hash, embedding, rag_terms(content, language)
  FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[], $5::integer[], $6::uuid[], $7::vector[], $8::text[])
       AS chunk (organization_id, document_id, chunk_index, content, token_count, hash, embedding, language)
