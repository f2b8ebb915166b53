-- The forms under which the index holds a plain word, or some, whichever of the languages a document is in.
CREATE OR REPLACE FUNCTION rag_variants(words text, languages text[]) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT AS $$
BEGIN
  RETURN ARRAY(SELECT DISTINCT form
                 FROM unnest(languages) AS language,
                      unnest(tsvector_to_array(to_tsvector(('pg_catalog.' || rag_language(language))::regconfig, words || ' ' || rag_unaccented(words)))) AS form);
END $$;
