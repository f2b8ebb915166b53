-- A text in the one form in which words are compared: lower case, and in UTF-8 NFKC without invisible characters.
CREATE OR REPLACE FUNCTION rag_plain_text(content text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT SET search_path FROM CURRENT AS $$
BEGIN
  IF octet_length(content) = length(content) OR getdatabaseencoding() <> 'UTF8' THEN RETURN lower(content); END IF;
  RETURN lower(normalize(regexp_replace(content, '[\u00ad\u200b-\u200d\u2060\ufeff]', '', 'g'), NFKC));
END $$;
