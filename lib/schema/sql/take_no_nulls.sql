-- Follows from rag_index_queue_filled once that is validated, and so looks at no row.
ALTER TABLE rag_index_queue
  ALTER COLUMN organization_id SET NOT NULL,
  ALTER COLUMN source_type SET NOT NULL,
  ALTER COLUMN source_id SET NOT NULL,
  ALTER COLUMN action SET NOT NULL,
  ALTER COLUMN priority SET NOT NULL,
  ALTER COLUMN status SET NOT NULL,
  ALTER COLUMN attempts SET NOT NULL,
  ALTER COLUMN created_at SET NOT NULL,
  ALTER COLUMN updated_at SET NOT NULL;
ALTER TABLE rag_index_queue DROP CONSTRAINT rag_index_queue_filled
