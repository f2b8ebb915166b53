-- $1 organization, $2 source. One append, committed by itself.
INSERT INTO baseline_queue (organization_id, source_type, source_id, action) VALUES ($1::uuid, 'ticket', $2::uuid, 'upsert') RETURNING id
