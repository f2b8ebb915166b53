-- $1 organization, $2 node type, $3 node id. By the unique key of rag_nodes.
SELECT id FROM rag_nodes WHERE organization_id = $1 AND node_type = $2 AND node_id = $3
