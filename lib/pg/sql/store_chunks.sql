-- $1 organizations, $2 documents, $3 chunk indexes, $4 contents, $5 token counts, $6 hashes (NULL: not known), a row each; $7 their vectors
-- one after another, $8 the dimension. No COPY: the server refuses that to all but the owner of a table with row-level security, and a
-- worker need not be the owner.
INSERT INTO rag_chunks (organization_id, document_id, chunk_index, content, token_count, hash, embedding)
SELECT organization_id, document_id, chunk_index, content, token_count, hash,
       ($7::real[])[(row - 1) * $8::integer + 1 : row * $8::integer]::vector
  FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[], $5::integer[], $6::uuid[])
       WITH ORDINALITY AS chunk (organization_id, document_id, chunk_index, content, token_count, hash, row)
