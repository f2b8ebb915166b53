-- $1 organizations, $2 source types, $3 source ids, $4 titles, $5 visibilities, $6 metadata, $7 languages, $8 fingerprints (NULL: not known). Returns each document's id, in no order.
-- Rows are taken in key order, so that two stores cannot wait for each other in a ring.
INSERT INTO rag_documents AS d (organization_id, source_type, source_id, title, visibility, metadata_json, terms_language, fingerprint, title_terms)
SELECT organization_id, source_type, source_id, title, nullif(visibility, ''), nullif(metadata, '')::jsonb, rag_language(language), fingerprint,
       rag_terms(title, language)
  FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::uuid[])
       AS document (organization_id, source_type, source_id, title, visibility, metadata, language, fingerprint)
 ORDER BY 1, 2, 3
ON CONFLICT (organization_id, source_type, source_id) DO UPDATE
   SET title = excluded.title, visibility = excluded.visibility, metadata_json = excluded.metadata_json,
       terms_language = excluded.terms_language, fingerprint = excluded.fingerprint, title_terms = excluded.title_terms, adopted = false, updated_at = now()
RETURNING d.organization_id, d.source_type::text, d.source_id, d.id
