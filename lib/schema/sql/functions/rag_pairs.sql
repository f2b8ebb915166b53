-- What stands for words in scripts without spaces (Chinese, Japanese, Thai, Lao, Burmese, Khmer): each two neighbouring characters, and the last one of a run.
CREATE OR REPLACE FUNCTION rag_pairs(content text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT SET search_path FROM CURRENT AS $$
BEGIN
  IF octet_length(content) = length(content) THEN RETURN '{}'; END IF;
  RETURN ARRAY(SELECT substr(run[1], place, 2)
                 FROM regexp_matches(content, '(' || rag_unspaced_sign() || '+)', 'g') AS run, generate_series(1, length(run[1])) AS place);
END $$;
