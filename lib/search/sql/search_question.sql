-- $1 organization, $2 the question. Returns its units (rag_question), for the languages that the organization's documents are in.
SELECT kind, unit, part, query::text FROM rag_question($2, rag_languages_of($1)) WHERE query IS NOT NULL
