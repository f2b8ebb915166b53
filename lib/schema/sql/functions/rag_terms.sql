-- What the search by words walks, of a text in a language (rag_language). Whole words and compounds have label D, and what else they are found by a
-- lower worth: B the parts of a compound, C a word without its accents. A tsvector holds 1 MB at most: of a text longer than 50,000
-- characters only the first are taken. rag_question takes a question apart in the same way.
CREATE OR REPLACE FUNCTION rag_terms(content text, language text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT AS $$
DECLARE
  config    regconfig := ('pg_catalog.' || rag_language(language))::regconfig;
  plain     text := rag_plain_text(left(content, 50000));
  readable  text := regexp_replace(plain, '</?[a-z][^<>]*>|<!--([^-]|-[^-])*-->', ' ', 'g');
  compounds text[] := rag_compounds(readable);
  pairs     text[] := rag_pairs(readable);
  terms     tsvector;
BEGIN
  IF pairs <> '{}' THEN plain := regexp_replace(plain, rag_unspaced_sign() || '+', ' ', 'g'); END IF;
  terms := to_tsvector(config, plain);
  IF compounds <> '{}' THEN
    terms := terms || array_to_tsvector(ARRAY(SELECT compound FROM unnest(compounds) AS compound WHERE length(compound) <= 200))
             || setweight(to_tsvector(config, regexp_replace(array_to_string(compounds, ' '), rag_joint(), ' ', 'g')), 'B');
  END IF;
  IF pairs <> '{}' THEN terms := terms || array_to_tsvector(pairs); END IF;
  RETURN terms || setweight(to_tsvector(config, rag_unaccented(readable)), 'C');
END $$;
