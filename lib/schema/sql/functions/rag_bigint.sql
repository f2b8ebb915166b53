-- The integer that a UUID of rag_uuid(bigint) stands for; NULL for every other UUID.
CREATE OR REPLACE FUNCTION rag_bigint(key uuid) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN key::text LIKE '72616769-6e74-800_-8%'
            THEN ('x' || substr(key::text, 18, 1) || substr(key::text, 21, 3) || substr(key::text, 25, 12))::bit(64)::bigint END;
