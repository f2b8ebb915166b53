-- Text columns of adopted tables that hold less than ours do: the statement that mends that, which touches no row; or, where views, triggers or
-- policies of the owner's own use the column and so keep it as it is, NULL and what that means, in words.
WITH wanted (relation, name, type, room) AS (
  VALUES ('rag_documents', 'source_type', 'varchar(50)', 50), ('rag_documents', 'title', 'text', NULL), ('rag_documents', 'visibility', 'text', NULL),
         ('rag_chunks', 'content', 'text', NULL), ('rag_nodes', 'node_type', 'varchar(50)', 50), ('rag_nodes', 'label', 'text', NULL),
         ('rag_edges', 'edge_type', 'varchar(50)', 50)
), narrow AS (
  SELECT w.*, a.atttypmod - 4 AS present,
         EXISTS (SELECT FROM pg_depend AS d
                  WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
                    AND d.classid IN ('pg_rewrite'::regclass, 'pg_trigger'::regclass, 'pg_policy'::regclass, 'pg_attrdef'::regclass)) AS is_used
    FROM wanted AS w
    JOIN pg_attribute AS a ON a.attrelid = to_regclass(format('%I.%I', current_schema(), w.relation)) AND a.attname = w.name
   WHERE a.atttypid = 'varchar'::regtype AND a.atttypmod > 0 AND (w.room IS NULL OR a.atttypmod - 4 < w.room)
)
SELECT CASE WHEN NOT is_used THEN format('ALTER TABLE %I ALTER COLUMN %I TYPE %s', relation, name, type) END,
       format('%s.%s keeps its limit of %s characters, since a view, trigger or policy uses it: what is longer fails', relation, name, present)
  FROM narrow
 ORDER BY relation, name
