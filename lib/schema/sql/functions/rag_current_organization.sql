-- The organization that the session says it works for: SET app.current_org, best with SET LOCAL. NULL when it says none.
CREATE OR REPLACE FUNCTION rag_current_organization() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('app.current_org', true), '')::uuid;
