-- $1 organization, $2 node type, $3 node id, $4 depth, $5 how many nodes to return.
-- Walks edges in both directions. UNION keeps a node once for each number of steps, so that a cycle costs no more than depth x nodes. A node
-- is reported once, at its least number of steps, by the heaviest edge that leads to it from a node one step nearer.
-- Served by rag_edges_from and rag_edges_to. The application's own nodes and edges may lack type, id, label or weight.
WITH RECURSIVE walk (id, depth) AS (
  SELECT id, 0 FROM rag_nodes WHERE organization_id = $1 AND node_type = $2 AND node_id = $3
  UNION
  SELECT step.id, walk.depth + 1
    FROM walk,
         LATERAL (SELECT e.to_node_id AS id FROM rag_edges AS e WHERE e.organization_id = $1 AND e.from_node_id = walk.id
                  UNION ALL
                  SELECT e.from_node_id FROM rag_edges AS e WHERE e.organization_id = $1 AND e.to_node_id = walk.id) AS step
   WHERE walk.depth < $4
), nearest AS MATERIALIZED (
  SELECT id, min(depth) AS depth FROM walk GROUP BY id
), reached AS (
  SELECT DISTINCT ON (n.id) n.id, n.depth, edge.edge_type, edge.weight, edge.forward, previous.id AS via
    FROM nearest AS n,
         LATERAL (SELECT e.from_node_id AS near, coalesce(e.edge_type, '') AS edge_type, coalesce(e.weight, 1) AS weight, true AS forward
                    FROM rag_edges AS e WHERE e.organization_id = $1 AND e.to_node_id = n.id
                  UNION ALL
                  SELECT e.to_node_id, coalesce(e.edge_type, ''), coalesce(e.weight, 1), false
                    FROM rag_edges AS e WHERE e.organization_id = $1 AND e.from_node_id = n.id) AS edge
    JOIN nearest AS previous ON previous.id = edge.near
   WHERE n.depth > 0 AND previous.depth = n.depth - 1
   ORDER BY n.id, edge.weight DESC, edge.edge_type, edge.forward DESC, previous.id
)
SELECT r.depth, n.node_type::text, n.node_id, n.label, n.document_id IS NOT NULL,
       r.edge_type::text, r.weight, r.forward, coalesce(v.node_type, '')::text, coalesce(v.node_id, '00000000-0000-0000-0000-000000000000')
  FROM reached AS r
  JOIN rag_nodes AS n ON n.organization_id = $1 AND n.id = r.id AND n.node_type IS NOT NULL AND n.node_id IS NOT NULL
  JOIN rag_nodes AS v ON v.organization_id = $1 AND v.id = r.via
 ORDER BY r.depth, r.weight DESC, n.node_type, n.node_id
 LIMIT $5
