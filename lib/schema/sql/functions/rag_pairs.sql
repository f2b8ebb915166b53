-- What stands for words in scripts without spaces (Chinese, Japanese, Thai, Lao, Burmese, Khmer): each two neighbouring characters, and the last one of a run.
CREATE OR REPLACE FUNCTION rag_pairs(content text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
BEGIN
  IF octet_length(content) = length(content) THEN RETURN '{}'; END IF;
  RETURN ARRAY(SELECT substr(run[1], place, 2)
                 FROM regexp_matches(content, '([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fff\u3005-\u3007\u3031-\u312f\u31a0-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+)', 'g') AS run, generate_series(1, length(run[1])) AS place);
END $$;
