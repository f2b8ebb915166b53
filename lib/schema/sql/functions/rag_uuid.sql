-- The UUID that stands for a row's key in the queue and the index: of an integer reversibly (rag_bigint), by its sixteen hexadecimal digits behind
-- 'ragint', of a text the first 122 bits of its SHA-256; both of version 8 (RFC 9562). source_key.cpp does the same.
CREATE OR REPLACE FUNCTION rag_uuid(key uuid) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN key;
CREATE OR REPLACE FUNCTION rag_uuid(key bigint) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ('72616769-6e74-800' || overlay(lpad(to_hex(key), 16, '0') PLACING '8' FROM 2 FOR 0))::uuid;
CREATE OR REPLACE FUNCTION rag_uuid(key text) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT encode(set_byte(set_byte(hash.head, 6, get_byte(hash.head, 6) & 15 | 128), 8, get_byte(hash.head, 8) & 63 | 128), 'hex')::uuid
          FROM (SELECT substring(sha256(convert_to(key, 'UTF8')) FOR 16) AS head) AS hash);
