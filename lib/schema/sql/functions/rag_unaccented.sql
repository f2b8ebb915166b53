-- The words of a plain text that have accents, without them; German umlauts also as two letters.
CREATE OR REPLACE FUNCTION rag_unaccented(content text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
DECLARE
  words text;
BEGIN
  IF octet_length(content) = length(content) OR getdatabaseencoding() <> 'UTF8' THEN RETURN ''; END IF;
  words := (SELECT string_agg(word[1], ' ') FROM regexp_matches(content, '([^\s\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f\u3000-\u3004\u3008-\u3030\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fff\u3005-\u3007\u3031-\u312f\u31a0-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]*[\u00c0-\u02af\u0370-\u04ff\u1e00-\u1fff][^\s\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f\u3000-\u3004\u3008-\u3030\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fff\u3005-\u3007\u3031-\u312f\u31a0-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]*)', 'g') AS word);
  RETURN concat_ws(' ', normalize(regexp_replace(normalize(words, NFD), '[\u0300-\u036f]', '', 'g'), NFC),
                   CASE WHEN words ~ '[\u00e4\u00f6\u00fc\u00df]' THEN
                   regexp_replace(regexp_replace(regexp_replace(regexp_replace(words, '\u00e4', 'ae', 'g'), '\u00f6', 'oe', 'g'), '\u00fc', 'ue', 'g'), '\u00df', 'ss', 'g') END);
END $$;
