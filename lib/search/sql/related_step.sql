-- $1 organization, $2 the nodes of the last step, $3 all nodes seen, $4 how many new nodes to return, $5 how many edges of a node to look at in each
-- direction. One step of a walk in both directions: each new node once, by the heaviest edge that leads to it. The heaviest edges of a node come
-- first by index, so that a node of 100,000 links costs no more than $5 of them. Returns one row at least, whose first column tells whether a node has more
-- edges than were looked at. Served by rag_edges_from and rag_edges_to, in the order of their columns.
WITH edge AS MATERIALIZED (
  SELECT step.*, near.id AS via
    FROM unnest($2::uuid[]) AS near (id),
         LATERAL ((SELECT e.to_node_id AS id, e.edge_type, coalesce(e.weight, 1) AS weight, true AS forward
                     FROM rag_edges AS e WHERE e.organization_id = $1 AND e.from_node_id = near.id AND e.to_node_id <> ALL ($3::uuid[])
                    ORDER BY coalesce(e.weight, 1) DESC, e.to_node_id LIMIT $5)
                  UNION ALL
                  (SELECT e.from_node_id, e.edge_type, coalesce(e.weight, 1), false
                     FROM rag_edges AS e WHERE e.organization_id = $1 AND e.to_node_id = near.id AND e.from_node_id <> ALL ($3::uuid[])
                    ORDER BY coalesce(e.weight, 1) DESC, e.from_node_id LIMIT $5)) AS step
), best AS (
  SELECT * FROM (SELECT DISTINCT ON (id) * FROM edge ORDER BY id, weight DESC, edge_type, forward DESC, via) AS reached
   ORDER BY weight DESC, id LIMIT $4
)
SELECT cut.yes, n.id, n.node_type::text, n.node_id, n.label, n.document_id IS NOT NULL,
       coalesce(best.edge_type, '')::text, best.weight, best.forward, coalesce(v.node_type, '')::text, coalesce(v.node_id, '00000000-0000-0000-0000-000000000000')
  FROM (SELECT EXISTS (SELECT FROM edge GROUP BY via, forward HAVING count(*) = $5) AS yes) AS cut
  LEFT JOIN (best JOIN rag_nodes AS n ON n.organization_id = $1 AND n.id = best.id JOIN rag_nodes AS v ON v.organization_id = $1 AND v.id = best.via) ON true
 ORDER BY best.weight DESC, best.id
