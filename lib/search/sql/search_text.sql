-- $1 organization, $2 words (search_words.sql), $3 all of them joined by |, $4 how many documents to return,
-- $5 source types, $6 visibilities, $7 metadata to be contained; NULL for no filter.
-- A document's score is that of its title and best chunk together: over the question's words, the sum of a word's rarity in the organization
-- (inverse document frequency as in Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009, over chunks) times
-- how often it stands there: 1 for once, up to 1.64 for many times (ts_rank's sum of 1/j^2, without its factor), and 1 in the title. It is given
-- as a share of what all the words once would have.
-- Served by rag_chunks_terms and rag_documents_title_terms, or for a small organization by the primary keys.
WITH word AS MATERIALIZED (
  SELECT number, query::tsquery FROM unnest($2::text[]) WITH ORDINALITY AS given (query, number)
), occurrence AS MATERIALIZED (
  SELECT c.document_id, c.chunk_index, w.number, ts_rank('{1,1,1,1}', c.terms, w.query) * 1.64493406685 AS weight
    FROM rag_chunks AS c JOIN word AS w ON c.terms @@ w.query
   WHERE c.organization_id = $1 AND c.terms @@ $3::text::tsquery
), size AS (
  SELECT count(*) AS chunks FROM rag_chunks WHERE organization_id = $1 AND NOT adopted
), rarity AS MATERIALIZED (
  SELECT w.number, ln(1 + (chunks - frequency + 0.5) / (frequency + 0.5)) AS idf
    FROM size, word AS w, LATERAL (SELECT count(*) AS frequency FROM occurrence AS o WHERE o.number = w.number) AS found
), chunk AS (
  SELECT o.document_id, o.chunk_index, sum(o.weight * r.idf) AS score
    FROM occurrence AS o JOIN rarity AS r USING (number)
   GROUP BY 1, 2
), best AS (
  SELECT DISTINCT ON (document_id) document_id, chunk_index, score FROM chunk ORDER BY document_id, score DESC, chunk_index
), titled AS (
  SELECT d.id AS document_id, sum(r.idf) AS score
    FROM rag_documents AS d JOIN word AS w ON d.title_terms @@ w.query JOIN rarity AS r USING (number)
   WHERE d.organization_id = $1 AND d.title_terms @@ $3::text::tsquery
   GROUP BY 1
), ranked AS (
  SELECT (coalesce(best.score, 0) + coalesce(titled.score, 0)) / (SELECT sum(idf) FROM rarity) AS score,
         d.source_type, d.source_id, d.title, d.id, best.chunk_index
    FROM best FULL JOIN titled USING (document_id)
    JOIN rag_documents AS d ON d.organization_id = $1 AND d.id = document_id
   WHERE ($5::text[] IS NULL OR d.source_type = ANY ($5)) AND ($6::text[] IS NULL OR d.visibility = ANY ($6))
     AND ($7::text IS NULL OR d.metadata_json @> $7::text::jsonb)
   ORDER BY 1 DESC, 2, 3
   LIMIT $4
)
SELECT ranked.score::float8, ranked.source_type::text, ranked.source_id, ranked.title, coalesce(c.content, '')
  FROM ranked
  LEFT JOIN rag_chunks AS c
    ON c.organization_id = $1 AND c.document_id = ranked.id
   AND c.chunk_index = coalesce(ranked.chunk_index, (SELECT min(f.chunk_index) FROM rag_chunks AS f
                                                      WHERE f.organization_id = $1 AND f.document_id = ranked.id))
 ORDER BY 1 DESC, 2, 3
