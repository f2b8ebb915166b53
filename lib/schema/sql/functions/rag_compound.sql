-- A pattern of parts that joints join, and of words that end in signs (C++, C#).
CREATE OR REPLACE FUNCTION rag_compound() RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT AS $$
BEGIN
  RETURN format('((%1$s+%2$s)+%1$s+[+#]*|%1$s+[+#]+)', rag_word_sign(), rag_joint());
END $$;
