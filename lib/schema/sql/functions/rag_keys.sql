-- $1 a source type, $2 UUIDs of rows (rag_uuid), $3 any value of the type that their keys have. Returns their keys as that type, so that a source
-- query finds its rows by the index over the key.
CREATE OR REPLACE FUNCTION rag_keys(source_type text, ids uuid[], example uuid) RETURNS uuid[] LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN ids;
CREATE OR REPLACE FUNCTION rag_keys(source_type text, ids uuid[], example bigint) RETURNS bigint[]
LANGUAGE sql STABLE PARALLEL SAFE SET search_path FROM CURRENT AS $$ SELECT array_agg(rag_bigint(i)) FROM unnest($2) AS i $$;
CREATE OR REPLACE FUNCTION rag_keys(source_type text, ids uuid[], example text) RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE SET search_path FROM CURRENT AS $$
  SELECT array_agg(DISTINCT k.key) FROM rag_source_keys AS k WHERE k.source_id = ANY ($2) AND k.source_type = $1
$$;
