-- The identifiers, addresses, versions and hyphenated words of a plain text: words that signs join, without a space.
CREATE OR REPLACE FUNCTION rag_compounds(content text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT SET search_path FROM CURRENT AS $$
BEGIN
  RETURN ARRAY(SELECT piece[1] FROM regexp_matches(content, rag_compound(), 'g') AS piece);
END $$;
