-- $1 organization, $2 to $5 a question's units, each of its forms: number, part, kind, query (rag_question). Returns every document that has one of them,
-- its best chunk (NULL: only the title has any) and its score.
-- A document's score is that of its title and best chunk together: over the question's units, the sum of a unit's rarity in the organization
-- (inverse document frequency as in Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009, over chunks) times
-- how often it stands there: 1 for once, up to 1.64 for many times (ts_rank's sum of 1/j^2, without its factor), less for a part of a compound
-- or without its accents, and 1 in the title. Of a compound that is not there as a whole, its parts are worth 0.8 together, by their rarity, and a
-- fifth of that in the title: never as much as the whole. The score is given as a share of what all units once would have. Minor units that
-- nobody has do not count.
-- Planned anew for each question, since words differ in how many chunks have them. Served by rag_chunks_terms and rag_documents_title_terms, or
-- for a small organization by the keys.
CREATE OR REPLACE FUNCTION rag_rank_words(organization uuid, units integer[], parts integer[], kinds text[], queries text[])
RETURNS TABLE (document_id uuid, chunk_index integer, score double precision)
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path FROM CURRENT AS $function$
BEGIN
  IF cardinality(queries) = 0 THEN RETURN; END IF;
  RETURN QUERY EXECUTE $sql$
WITH term AS MATERIALIZED (
  SELECT unit, part, kind = 'minor' AS minor, query::tsquery AS query
    FROM unnest($2, $3, $4, $5) AS given (unit, part, kind, query)
), occurrence AS MATERIALIZED (
  SELECT c.document_id, c.chunk_index, t.unit, t.part, max(ts_rank('{1,0.9,0.8,1}', c.terms, t.query)) * 1.64493406685 AS weight
    FROM rag_chunks AS c JOIN term AS t ON c.terms @@ t.query
   WHERE c.organization_id = $1 AND c.terms @@ $6
   GROUP BY 1, 2, 3, 4
), titled AS MATERIALIZED (
  SELECT DISTINCT d.id AS document_id, t.unit, t.part
    FROM rag_documents AS d JOIN term AS t ON d.title_terms @@ t.query
   WHERE d.organization_id = $1 AND d.title_terms @@ $6
), size AS (
  SELECT count(*) AS chunks FROM rag_chunks WHERE organization_id = $1 AND terms IS NOT NULL
), rarity AS MATERIALIZED (
  SELECT unit, part, ln(1 + (chunks - frequency + 0.5) / (frequency + 0.5)) AS idf
    FROM size, (SELECT t.unit, t.part, bool_or(t.minor) AS minor FROM term AS t GROUP BY 1, 2) AS unit,
         LATERAL (SELECT count(*) AS frequency FROM occurrence AS o WHERE o.unit = unit.unit AND o.part = unit.part) AS counted
   WHERE frequency > 0 OR NOT minor
), worth AS MATERIALIZED (
  -- Of a part: its share of its compound's.
  SELECT unit, part, CASE part WHEN 0 THEN idf
                               ELSE 0.8 * max(idf) FILTER (WHERE part = 0) OVER whole * idf / sum(idf) FILTER (WHERE part > 0) OVER whole END AS worth
    FROM rarity WINDOW whole AS (PARTITION BY unit)
), chunk AS (
  SELECT document_id, chunk_index, sum(score) AS score
    FROM (SELECT document_id, chunk_index,
                 greatest(max(o.weight * w.worth) FILTER (WHERE part = 0), sum(least(o.weight, 1) * w.worth) FILTER (WHERE part > 0)) AS score
            FROM occurrence AS o JOIN worth AS w USING (unit, part) GROUP BY document_id, chunk_index, unit) AS of_unit
   GROUP BY 1, 2
), best AS (
  SELECT DISTINCT ON (document_id) document_id, chunk_index, score FROM chunk ORDER BY document_id, score DESC, chunk_index
), by_title AS (
  SELECT document_id, sum(score) AS score
    FROM (SELECT document_id, greatest(max(w.worth) FILTER (WHERE part = 0), 0.2 * sum(w.worth) FILTER (WHERE part > 0)) AS score
            FROM titled AS t JOIN worth AS w USING (unit, part) GROUP BY document_id, unit) AS of_unit
   GROUP BY 1
)
SELECT document_id, best.chunk_index, ((coalesce(best.score, 0) + coalesce(by_title.score, 0)) / (SELECT sum(worth) FROM worth WHERE part = 0))::float8
  FROM best FULL JOIN by_title USING (document_id)
  $sql$ USING organization, units, parts, kinds, queries, array_to_string(queries, ' | ')::tsquery;
END $function$;
