-- {language}: of rows that name none. {query}: a source's own query, with $1 the organization and $2 the wanted ids.
-- A JSON null as links is no links. A column that the query leaves out is found in `missing`, because an inner name hides an outer one.
SELECT source.id, source.title, source.body, source.visibility, source.metadata::jsonb::text,
       link.types, link.ids, link.edges, link.weights, coalesce(source.language, '{language}'), source.format
  FROM (SELECT NULL::text AS visibility, NULL::text AS metadata, NULL::text AS links, NULL::text AS language, NULL::text AS format) AS missing,
       LATERAL (SELECT id::uuid, coalesce(title::text, '') AS title, coalesce(body::text, '') AS body,
                       visibility::text, metadata::text, links::text, language::text, format::text
                  FROM (
{query}
                       ) AS application) AS source
  LEFT JOIN LATERAL (SELECT array_agg(coalesce(source_type, '')) AS types,
                            array_agg(coalesce(source_id, '00000000-0000-0000-0000-000000000000')) AS ids,
                            array_agg(coalesce(edge_type, 'related')) AS edges,
                            array_agg(coalesce(weight, 1)) AS weights
                       FROM jsonb_to_recordset(nullif(source.links::jsonb, 'null'))
                            AS one (source_type text, source_id uuid, edge_type text, weight float8)) AS link ON true
