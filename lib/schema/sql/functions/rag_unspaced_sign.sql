-- A pattern of one character of a script that is written without spaces: Chinese, Japanese, Thai, Lao, Burmese, Khmer. Blocks of Unicode 15.
CREATE OR REPLACE FUNCTION rag_unspaced_sign() RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN '[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fff\u3005-\u3007\u3031-\u312f\u31a0-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]';
