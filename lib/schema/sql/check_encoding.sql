-- Texts hold what this encoding lacks.
SELECT false, format('the database is in %s: characters that it lacks are replaced, and a document with them fails', pg_encoding_to_char(encoding)),
       'Where texts are not in English alone, move to a database that is created with ENCODING ''UTF8'''
  FROM pg_database WHERE datname = current_database() AND encoding <> 6
