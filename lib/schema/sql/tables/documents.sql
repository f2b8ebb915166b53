-- The last four columns are ours: terms_language is what PostgreSQL stems the document's words as (rag_language), fingerprint is of all that the index holds of the document (NULL: not
-- known), title_terms what the search by words walks, adopted says that the row is of the system before ragqueue, until its source is indexed anew.
CREATE TABLE rag_documents (
  id              uuid NOT NULL DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL,
  source_type     varchar(50) NOT NULL,
  source_id       uuid NOT NULL,
  title           text,
  visibility      text,
  metadata_json   jsonb,
  created_at      timestamptz DEFAULT now(),
  updated_at      timestamptz DEFAULT now(),
  terms_language  text NOT NULL DEFAULT 'english',
  fingerprint     uuid,
  title_terms     tsvector,
  adopted         boolean NOT NULL DEFAULT false
);
