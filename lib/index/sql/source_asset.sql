SELECT id, name AS title, metadata_json AS metadata,
       concat_ws(E'\n', asset_type,
                 CASE WHEN jsonb_typeof(metadata_json::jsonb) = 'object'
                      THEN (SELECT string_agg(key || ': ' || value, E'\n' ORDER BY key) FROM jsonb_each_text(metadata_json::jsonb)) END) AS body
  FROM assets
 WHERE organization_id = $1 AND id = ANY ($2)
