-- A query of one lexeme, which is taken as it stands.
CREATE OR REPLACE FUNCTION rag_lexeme(lexeme text) RETURNS tsquery LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT SET search_path FROM CURRENT AS $$
BEGIN
  RETURN array_to_tsvector(ARRAY[lexeme])::text::tsquery;
END $$;
