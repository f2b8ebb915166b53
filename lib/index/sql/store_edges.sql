-- $1 organizations, $2 and $3 type and id of the giving source, $4 and $5 of the target, $6 edge types, $7 weights.
-- The same link given twice is one edge, with the greater weight; one that the application has an edge of its own for is none of ours. Nodes stand
-- already.
INSERT INTO rag_edges (organization_id, document_id, from_node_id, to_node_id, edge_type, weight)
SELECT link.organization_id, f.document_id, f.id, t.id, link.edge_type, max(link.weight)
  FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::float8[])
       AS link (organization_id, from_type, from_id, to_type, to_id, edge_type, weight)
  JOIN rag_nodes AS f ON f.organization_id = link.organization_id AND f.node_type = link.from_type AND f.node_id = link.from_id
  JOIN rag_nodes AS t ON t.organization_id = link.organization_id AND t.node_type = link.to_type AND t.node_id = link.to_id
 WHERE NOT EXISTS (SELECT FROM rag_edges AS e
                    WHERE e.organization_id = link.organization_id AND e.from_node_id = f.id AND e.to_node_id = t.id
                      AND e.edge_type = link.edge_type AND e.document_id IS NULL)
 GROUP BY 1, 2, 3, 4, 5
