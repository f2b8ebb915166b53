-- The words of a plain text that have accents, without them; German umlauts also as two letters.
CREATE OR REPLACE FUNCTION rag_unaccented(content text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT SET search_path FROM CURRENT AS $$
DECLARE
  words text;
BEGIN
  IF octet_length(content) = length(content) OR getdatabaseencoding() <> 'UTF8' THEN RETURN ''; END IF;
  words := (SELECT string_agg(word[1], ' ') FROM regexp_matches(content, '(' || rag_word_sign() || '*[\u00c0-\u02af\u0370-\u04ff\u1e00-\u1fff]' || rag_word_sign() || '*)', 'g') AS word);
  RETURN concat_ws(' ', normalize(regexp_replace(normalize(words, NFD), '[\u0300-\u036f]', '', 'g'), NFC),
                   CASE WHEN words ~ '[\u00e4\u00f6\u00fc\u00df]' THEN
                   regexp_replace(regexp_replace(regexp_replace(regexp_replace(words, '\u00e4', 'ae', 'g'), '\u00f6', 'oe', 'g'), '\u00fc', 'ue', 'g'), '\u00df', 'ss', 'g') END);
END $$;
