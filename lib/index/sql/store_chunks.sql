-- $1 organizations, $2 documents, $3 chunk indexes, $4 contents, $5 token counts, $6 hashes (NULL: not known), $7 vectors, a row each.
-- No COPY: the server refuses that to all but the owner of a table with row-level security, and a worker need not be the owner.
-- A tsvector holds 1 MB at most; of a text longer than 50,000 characters, which no usual chunk is, only the first are searched by word.
INSERT INTO rag_chunks (organization_id, document_id, chunk_index, content, token_count, hash, embedding, terms)
SELECT organization_id, document_id, chunk_index, content, token_count, hash, embedding, to_tsvector('pg_catalog.english', left(content, 50000))
  FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[], $5::integer[], $6::uuid[], $7::vector[])
       AS chunk (organization_id, document_id, chunk_index, content, token_count, hash, embedding)
