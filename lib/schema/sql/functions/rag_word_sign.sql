-- A pattern of one letter or digit of a script that is written with spaces.
CREATE OR REPLACE FUNCTION rag_word_sign() RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT AS $$
BEGIN
  RETURN '[^\s\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f\u3000-\u3004\u3008-\u3030' || substr(rag_unspaced_sign(), 2);
END $$;
