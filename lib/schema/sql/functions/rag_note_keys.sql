-- Keeps the texts that are keys of rows of this type, as far as they are not kept yet. With the owner's rights, since who enqueues may not read.
CREATE OR REPLACE FUNCTION rag_note_keys(type text, keys text[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
#variable_conflict use_variable
BEGIN
  INSERT INTO rag_source_keys (source_type, source_id, key)
  SELECT DISTINCT type, rag_uuid(k), k FROM unnest(keys) AS k
   WHERE k IS NOT NULL AND NOT EXISTS (SELECT FROM rag_source_keys AS s WHERE s.source_id = rag_uuid(k) AND s.source_type = type);
END $$;
REVOKE EXECUTE ON FUNCTION rag_note_keys(text, text[]) FROM PUBLIC;
