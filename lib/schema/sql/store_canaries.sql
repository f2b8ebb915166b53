-- $1 texts, $2 their vectors. Where there are some they stay.
UPDATE rag_embedder SET canary_texts = $1::text[], canary_vectors = $2::vector[] WHERE canary_texts IS NULL
