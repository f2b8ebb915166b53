-- $1 organizations, $2 node types, $3 node ids, $4 labels (NULL: only the target of a link), in any order, a node any number of times.
-- A node that stands already as a link's target becomes whole. Every node given is locked until the transaction ends, changed or not: no other
-- store makes or removes an edge to it meanwhile. Key order, as in store_documents.sql.
INSERT INTO rag_nodes AS n (organization_id, node_type, node_id, label, document_id, given)
SELECT node.organization_id, node.node_type, node.node_id, max(node.label), (array_agg(d.id) FILTER (WHERE node.label IS NOT NULL))[1], true
  FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[]) AS node (organization_id, node_type, node_id, label)
  LEFT JOIN rag_documents AS d
    ON d.organization_id = node.organization_id AND d.source_type = node.node_type AND d.source_id = node.node_id
 GROUP BY 1, 2, 3
 ORDER BY 1, 2, 3
ON CONFLICT (organization_id, node_type, node_id) DO UPDATE
   SET label = excluded.label, document_id = excluded.document_id, given = true
 WHERE excluded.document_id IS NOT NULL
   AND (n.label, n.document_id) IS DISTINCT FROM (excluded.label, excluded.document_id)
