-- A question's units, each by the forms that the index may hold it in (rag_terms). What a unit says of a document is that of a form with part 0, or of the
-- parts of a compound together (kind unit, or minor for what is a stop word in one of the languages). "Words in quotes" must stand there so (kind phrase), -words must not (kind without), and a word with * at
-- its end stands for all that begin with it. At most 64 units, so that a pasted page is no query of a thousand words.
CREATE OR REPLACE FUNCTION rag_question(question text, languages text[]) RETURNS TABLE (kind text, unit integer, part integer, query tsquery)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT AS $$
#variable_conflict use_column
DECLARE
  piece     text[];
  free      text := '';
  phrases   text[] := '{}';
  without   text[] := '{}';
  prefixes  text[] := '{}';
  compounds text[];
  words     text[];
BEGIN
  FOR piece IN SELECT regexp_matches(rag_plain_text(left(question, 10000)), '(-?)"([^"]+)"(?=\s|$)|(\S+)', 'g') LOOP
    IF piece[1] = '-' OR piece[3] ~ ('^-' || rag_word_sign()) THEN without := without || coalesce(piece[2], substr(piece[3], 2));
    ELSIF piece[3] ~ ('^' || rag_word_sign() || '+\*$') THEN prefixes := prefixes || rtrim(piece[3], '*');
    ELSE
      free := concat_ws(' ', free, piece[2], piece[3]);
      IF piece[2] IS NOT NULL THEN phrases := phrases || piece[2]; END IF;
    END IF;
  END LOOP;
  IF free !~ (rag_word_sign() || '|' || rag_unspaced_sign()) AND prefixes = '{}' THEN  -- What is to be left out of nothing is what is asked for.
    free := array_to_string(without, ' ');
    without := '{}';
  END IF;
  RETURN QUERY SELECT 'phrase', 0, 0, rag_phrase(phrase, languages) FROM unnest(phrases[:16]) AS phrase;
  RETURN QUERY SELECT 'without', 0, 0, rag_phrase(word, languages) FROM unnest(without[:16]) AS word;
  RETURN QUERY SELECT 'unit', -number::integer, 0, (rag_lexeme(word)::text || ':*')::tsquery
                 FROM unnest(prefixes[:16]) WITH ORDINALITY AS prefix (word, number);
  compounds := ARRAY(SELECT DISTINCT compound FROM unnest((rag_compounds(free))[:32]) AS compound);
  RETURN QUERY SELECT 'unit', number::integer, 0, rag_lexeme(compound)
                 FROM unnest(compounds) WITH ORDINALITY AS given (compound, number) WHERE length(compound) <= 200;
  RETURN QUERY SELECT 'unit', number::integer, place::integer, rag_lexeme(form)
                 FROM unnest(compounds) WITH ORDINALITY AS given (compound, number),
                      regexp_split_to_table(compound, rag_joint()) WITH ORDINALITY AS split (word, place),
                      unnest(rag_variants(word, languages)) AS form
                WHERE place <= 64;
  free := regexp_replace(free, rag_compound(), ' ', 'g');
  words := ARRAY(SELECT word[1] FROM regexp_matches(free, rag_word_sign() || '+', 'g') WITH ORDINALITY AS given (word, number) GROUP BY 1 ORDER BY min(number) LIMIT 64);
  RETURN QUERY SELECT CASE WHEN (SELECT bool_and(to_tsvector(('pg_catalog.' || rag_language(language))::regconfig, word) <> '') FROM unnest(languages) AS language) THEN 'unit' ELSE 'minor' END,
                      number::integer + 100, 0, rag_lexeme(form)
                 FROM unnest(words) WITH ORDINALITY AS given (word, number), unnest(rag_variants(word, languages)) AS form;
  RETURN QUERY SELECT 'unit', number::integer + 200, 0, (rag_lexeme(pair)::text || CASE WHEN length(pair) = 1 THEN ':*' ELSE '' END)::tsquery
                 FROM (SELECT pair, min(number) AS number FROM unnest((rag_pairs(free))[:64]) WITH ORDINALITY AS given (pair, number)
                        WHERE length(pair) = 2 OR free ~ ('(?<!' || rag_unspaced_sign() || ')' || pair || '(?!' || rag_unspaced_sign() || ')') GROUP BY pair) AS given;
END $$;
