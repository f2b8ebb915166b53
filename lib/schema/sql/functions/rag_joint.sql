-- A pattern of the signs that join the parts of identifiers, addresses, versions and hyphenated words.
CREATE OR REPLACE FUNCTION rag_joint() RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN '[-/._@:#~+\\=?&%]+';
