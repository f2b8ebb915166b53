-- Text from UTF-8, whatever the database's encoding: what that lacks becomes a question mark, and an ellipsis three dots.
CREATE OR REPLACE FUNCTION rag_readable(bytes bytea) RETURNS text LANGUAGE plpgsql STABLE STRICT SET search_path FROM CURRENT AS $$
#variable_conflict use_variable
DECLARE
  readable text := '';
  place    integer := 1;
  lead     integer;
  one      bytea;
BEGIN
  RETURN convert_from(bytes, 'UTF8');
EXCEPTION WHEN untranslatable_character OR character_not_in_repertoire THEN
  WHILE place <= length(bytes) LOOP
    lead := get_byte(bytes, place - 1);
    one := substring(bytes FROM place FOR CASE WHEN lead < 192 THEN 1 WHEN lead < 224 THEN 2 WHEN lead < 240 THEN 3 ELSE 4 END);
    BEGIN
      readable := readable || convert_from(one, 'UTF8');
    EXCEPTION WHEN untranslatable_character OR character_not_in_repertoire THEN
      readable := readable || CASE one WHEN '\xe280a6'::bytea THEN '...' ELSE '?' END;
    END;
    place := place + length(one);
  END LOOP;
  RETURN readable;
END $$;
