-- The languages that the organization's documents are in, looked up one after the other in rag_documents_terms_language; English where there are none.
CREATE OR REPLACE FUNCTION rag_languages_of(organization uuid) RETURNS text[] LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path FROM CURRENT AS $$
DECLARE
  languages text[] := '{}';
  next_one  text := (SELECT min(terms_language) FROM rag_documents WHERE organization_id = organization);
BEGIN
  WHILE next_one IS NOT NULL LOOP
    languages := languages || next_one;
    next_one := (SELECT min(terms_language) FROM rag_documents WHERE organization_id = organization AND terms_language > next_one);
  END LOOP;
  RETURN CASE languages WHEN '{}' THEN '{english}' ELSE languages END;
END $$;
