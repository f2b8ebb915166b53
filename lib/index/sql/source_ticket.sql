SELECT id, subject AS title, concat_ws(E'\n\n', description, resolution) AS body, jsonb_build_object('status', status) AS metadata
  FROM tickets
 WHERE organization_id = $1 AND id = ANY ($2)
