-- $1 tables. Returns of the index's indexes that these lack, in the order in which they are to be made: name, statement with {} where CONCURRENTLY may
-- stand, whether it names a column that the deployment before us did not have, and its table. A unique index over the same columns serves as well.
-- PostgreSQL's foreign-key checks keep the plan from when the table was empty, and then take the index that was made last: so the one over
-- (organization_id, id), or the other columns of the key, comes after those that begin with the same column. Where two keys of one table each need
-- theirs, the later index begins with another column.
WITH wanted (place, name, relation, is_unique, columns, condition, on_ours) AS (
  VALUES (1, 'rag_documents_source', 'rag_documents', true, '{organization_id,source_type,source_id}'::text[], '', false),
         (2, 'rag_documents_id', 'rag_documents', true, '{id}', '', false),
         (3, 'rag_documents_key', 'rag_documents', true, '{organization_id,id}', '', false),
         (4, 'rag_chunks_id', 'rag_chunks', true, '{id}', '', false),
         (5, 'rag_chunks_key', 'rag_chunks', true, '{organization_id,document_id,id}', '', false),
         (6, 'rag_nodes_source', 'rag_nodes', true, '{organization_id,node_type,node_id}', '', false),
         (7, 'rag_nodes_id', 'rag_nodes', true, '{id}', '', false),
         (8, 'rag_nodes_key', 'rag_nodes', true, '{organization_id,id}', '', false),
         (9, 'rag_edges_id', 'rag_edges', true, '{id}', '', false),
         (10, 'rag_edges_key', 'rag_edges', true, '{organization_id,id}', '', false),
         (11, 'rag_edges_from', 'rag_edges', false, '{organization_id,from_node_id,(coalesce(weight\, 1)) DESC,to_node_id}', '', false),
         (12, 'rag_edges_to', 'rag_edges', false, '{to_node_id,organization_id,(coalesce(weight\, 1)) DESC,from_node_id}', '', false),
         (13, 'rag_nodes_document', 'rag_nodes', false, '{organization_id,document_id}', ' WHERE document_id IS NOT NULL', true),
         (14, 'rag_edges_link', 'rag_edges', true, '{organization_id,from_node_id,to_node_id,edge_type}', ' WHERE document_id IS NOT NULL', true),
         (15, 'rag_edges_document', 'rag_edges', false, '{organization_id,document_id}', ' WHERE document_id IS NOT NULL', true),
         -- Without organization_id in them, which would take btree_gin: where an organization is small, the key is the quicker way in.
         (16, 'rag_documents_title_terms', 'rag_documents', false, '{title_terms}', '', true),
         (17, 'rag_chunks_terms', 'rag_chunks', false, '{terms}', '', true),
         -- rag_claim walks the first two, and finds the other requests of a source by the third. A priority outside 0 to 100 counts as the nearest one.
         (18, 'rag_index_queue_ready', 'rag_index_queue', false, '{"(-least(greatest(priority, 0), 100))",created_at,seq}', ' WHERE run_at IS NULL', true),
         (19, 'rag_index_queue_later', 'rag_index_queue', false, '{run_at}', ' WHERE run_at < ''infinity''', true),
         (20, 'rag_index_queue_source', 'rag_index_queue', false, '{organization_id,source_id}', '', false),
         (21, 'rag_documents_terms_language', 'rag_documents', false, '{organization_id,terms_language}', '', true),
         (22, 'rag_chunks_unknown', 'rag_chunks', false, '{organization_id}', ' WHERE embedding IS NULL', true)
), present AS (
  SELECT i.indrelid, c.relname, i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL AS is_key,
         ARRAY(SELECT a.attname::text FROM unnest(i.indkey[: i.indnkeyatts - 1]) AS k JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k
                ORDER BY 1) AS columns
    FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
   WHERE i.indisvalid AND i.indrelid IN (SELECT to_regclass(format('%I.%I', current_schema(), t)) FROM unnest($1::text[]) AS t)
)
SELECT w.name,
       format('CREATE %sINDEX {} %I ON %I.%I %s(%s)%s', CASE WHEN is_unique THEN 'UNIQUE ' ELSE '' END, name, current_schema(), relation,
              CASE WHEN w.name LIKE '%\_terms' THEN 'USING gin ' ELSE '' END, array_to_string(w.columns, ', '), condition) AS statement,
       w.on_ours, w.relation
  FROM wanted AS w
 WHERE w.relation = ANY ($1::text[])
   AND NOT EXISTS (SELECT FROM present AS p
                    WHERE p.indrelid = to_regclass(format('%I.%I', current_schema(), w.relation))
                      AND (p.relname = w.name
                           OR w.is_unique AND w.condition = '' AND p.is_key AND p.columns = ARRAY(SELECT unnest(w.columns) ORDER BY 1)))
 ORDER BY w.place
