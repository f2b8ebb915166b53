-- The query that only texts with these words, one after the other, match; in whichever of the languages. NULL where they are stop words in all.
CREATE OR REPLACE FUNCTION rag_phrase(words text, languages text[]) RETURNS tsquery LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT AS $$
DECLARE
  pairs  text[] := ARRAY(SELECT pair FROM unnest(rag_pairs(words)) AS pair WHERE length(pair) = 2);
  either tsquery;
  one    tsquery;
BEGIN
  IF pairs <> '{}' THEN RETURN (SELECT string_agg(rag_lexeme(pair)::text, ' & ') FROM unnest(pairs) AS pair)::tsquery; END IF;
  FOR one IN SELECT DISTINCT phraseto_tsquery(('pg_catalog.' || rag_language(language))::regconfig, words) FROM unnest(languages) AS language LOOP
    IF numnode(one) > 0 THEN either := coalesce(either || one, one); END IF;
  END LOOP;
  RETURN either;
END $$;
