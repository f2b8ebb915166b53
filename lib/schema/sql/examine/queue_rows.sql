-- Looks at rows, once examine/queue.sql finds the columns as they should be.
SELECT format('%s rows name no source. Mend or delete the rows whose id, organization_id, source_type, source_id or action is NULL or empty', count(*))
  FROM rag_index_queue
 WHERE id IS NULL OR organization_id IS NULL OR source_type IS NULL OR source_id IS NULL OR action IS NULL OR length(source_type) NOT BETWEEN 1 AND 50
HAVING count(*) > 0
