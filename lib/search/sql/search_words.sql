-- $1 the words of a question. Returns the distinct lexemes as queries of one word each; none when all are stop words.
-- At most 64, so that a pasted page is no query of a thousand words: the first, in the order of the text.
SELECT coalesce(array_agg(query ORDER BY position), '{}')
  FROM (SELECT '''' || replace(replace(lexeme, '\', '\\'), '''', '''''') || '''' AS query, positions[1] AS position
          FROM unnest(to_tsvector('pg_catalog.english', left($1, 50000)))
         ORDER BY positions[1]
         LIMIT 64) AS word
