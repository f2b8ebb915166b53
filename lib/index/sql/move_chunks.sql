-- $1 organizations, $2 documents, $3 chunks, $4 their new indexes. By primary key; touches no index where the page has room.
UPDATE rag_chunks AS c
   SET chunk_index = chunk.chunk_index
  FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::integer[]) AS chunk (organization_id, document_id, id, chunk_index)
 WHERE c.organization_id = chunk.organization_id AND c.document_id = chunk.document_id AND c.id = chunk.id
