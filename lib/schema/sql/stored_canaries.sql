-- The texts, and their vectors as text.
SELECT c.text, c.vector::text FROM rag_embedder, unnest(canary_texts, canary_vectors) WITH ORDINALITY AS c (text, vector, place) ORDER BY c.place
