-- For programs in any language: the documents of one organization that answer a question, best first, each by its best chunk; by words alone where
-- no vector is given. Scores and order are those of the library's search() in fused mode, or by words; but copies stay where they are, and of
-- vectors 400 chunks are looked at. Under row-level security app.current_org is set for the transaction where it is not yet, and a session
-- that works for another organization is refused.
CREATE OR REPLACE FUNCTION rag_search(organization uuid, question text, question_vector vector DEFAULT NULL, max_hits integer DEFAULT 10,
                                      source_types text[] DEFAULT NULL, visibilities text[] DEFAULT NULL, metadata jsonb DEFAULT NULL,
                                      metadata_path jsonpath DEFAULT NULL)
RETURNS TABLE (score double precision, source_type text, source_id uuid, title text, passage text, visibility text, document_metadata jsonb,
               chunk_index integer, words_share double precision, similarity double precision)
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
#variable_conflict use_column
DECLARE
  working_for text := nullif(current_setting('app.current_org', true), '');
BEGIN
  IF working_for IS NULL THEN PERFORM set_config('app.current_org', organization::text, true);
  ELSIF row_security_active('rag_documents') AND working_for::uuid <> organization THEN
    RAISE EXCEPTION 'the session works for organization % (app.current_org), and sees no other', working_for USING ERRCODE = 'insufficient_privilege';
  END IF;
  PERFORM set_config('hnsw.ef_search', '400', true), set_config('hnsw.iterative_scan', 'relaxed_order', true);
  RETURN QUERY
  WITH form AS MATERIALIZED (
    SELECT * FROM rag_question(question, rag_languages_of(organization)) WHERE query IS NOT NULL
  ), passing AS NOT MATERIALIZED (
    SELECT d.*
      FROM rag_documents AS d
     WHERE d.organization_id = organization AND (source_types IS NULL OR d.source_type = ANY (source_types))
       AND (visibilities IS NULL OR d.visibility = ANY (visibilities)) AND (metadata IS NULL OR d.metadata_json @> metadata)
       AND (metadata_path IS NULL OR coalesce(d.metadata_json, '{}') @@ metadata_path)
       AND NOT EXISTS (SELECT FROM form AS f
                        WHERE f.kind IN ('phrase', 'without')
                          AND (f.kind = 'phrase') <> (coalesce(d.title_terms @@ f.query, false)
                                                      OR EXISTS (SELECT FROM rag_chunks AS x WHERE x.organization_id = organization
                                                                    AND x.document_id = d.id AND x.terms @@ f.query)))
  ), word AS MATERIALIZED (
    SELECT r.document_id, r.chunk_index, r.score, row_number() OVER (ORDER BY r.score DESC, p.source_type, p.source_id) AS rank
      FROM (SELECT coalesce(array_agg(unit), '{}') AS units, coalesce(array_agg(part), '{}') AS parts, coalesce(array_agg(kind), '{}') AS kinds,
                   coalesce(array_agg(query::text), '{}') AS queries FROM form WHERE kind IN ('unit', 'minor')) AS asked,
           rag_rank_words(organization, asked.units, asked.parts, asked.kinds, asked.queries) AS r
      JOIN passing AS p ON p.id = r.document_id
     ORDER BY rank LIMIT greatest(100, max_hits)
  ), near AS MATERIALIZED (
    SELECT best.*, row_number() OVER (ORDER BY best.similarity DESC, p.source_type, p.source_id) AS rank
      FROM (SELECT DISTINCT ON (n.document_id) n.document_id, n.chunk_index, n.similarity
              FROM (SELECT c.document_id, c.chunk_index, (1 - (c.embedding <=> question_vector))::float8 AS similarity
                      FROM rag_chunks AS c
                     WHERE c.organization_id = organization AND NOT c.adopted AND c.embedding IS NOT NULL AND question_vector IS NOT NULL
                       AND EXISTS (SELECT FROM passing AS p WHERE p.id = c.document_id)
                     ORDER BY c.embedding <=> question_vector LIMIT 400) AS n
             ORDER BY n.document_id, n.similarity DESC, n.chunk_index) AS best
      JOIN passing AS p ON p.id = best.document_id
     ORDER BY rank LIMIT greatest(100, max_hits)
  ), bound AS (
    SELECT (SELECT max(w.score) FROM word AS w) AS best, (SELECT w.score FROM word AS w WHERE w.rank = 2) AS second,
           coalesce((SELECT w.score FROM word AS w WHERE w.rank = 100), 0) AS zero, (SELECT max(n.similarity) FROM near AS n) AS nearest,
           (SELECT min(n.similarity) FROM near AS n WHERE n.rank <= 100) AS farthest
  ), fused AS (
    SELECT document_id, w.score AS words_share, n.similarity,
           CASE WHEN w.rank <= n.rank OR w.score >= 0.5 * b.best OR n.rank IS NULL THEN w.chunk_index ELSE n.chunk_index END AS chunk_index,
           CASE WHEN question_vector IS NULL THEN w.score
                WHEN w.rank = 1 AND b.best >= 0.15 AND (b.second IS NULL OR b.best - b.second >= 0.06 * least(b.best, 1)) THEN 1
                ELSE 0.4 * coalesce(CASE WHEN b.nearest > b.farthest THEN (n.similarity - b.farthest) / (b.nearest - b.farthest) ELSE n.similarity * 0 + 1 END, 0)
                     + 0.6 * least(b.best / 0.4, 1) * coalesce(CASE WHEN b.best > b.zero THEN (w.score - b.zero) / (b.best - b.zero) ELSE w.score * 0 + 1 END, 0)
           END AS score
      FROM word AS w FULL JOIN near AS n USING (document_id) CROSS JOIN bound AS b
  )
  SELECT f.score, d.source_type::text, d.source_id, d.title, c.content, d.visibility, d.metadata_json, c.chunk_index, f.words_share, f.similarity
    FROM fused AS f JOIN rag_documents AS d ON d.organization_id = organization AND d.id = f.document_id
    LEFT JOIN LATERAL (SELECT x.content, x.chunk_index FROM rag_chunks AS x
                        WHERE x.organization_id = organization AND x.document_id = d.id AND x.chunk_index = coalesce(f.chunk_index, x.chunk_index)
                        ORDER BY x.chunk_index LIMIT 1) AS c ON true
   ORDER BY f.score DESC, d.source_type, d.source_id
   LIMIT max_hits;
END $$;
