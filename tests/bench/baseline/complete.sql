-- $1 ids. By primary key.
UPDATE baseline_queue SET status = 'done', updated_at = now() WHERE id = ANY ($1::uuid[])
