-- $1 the embedder's dimension. How the vectors of the rag_chunks that stands go with it: whether they are in the way, and what to say.
WITH stored AS (
  SELECT attrelid, attnum, atttypmod AS dimension
    FROM pg_attribute
   WHERE attrelid = to_regclass(format('%I.rag_chunks', current_schema())) AND attname = 'embedding' AND NOT attisdropped
), viewed AS (
  SELECT string_agg(DISTINCT r.ev_class::regclass::text, ', ') AS views
    FROM stored AS s
    JOIN pg_depend AS d ON d.refobjid = s.attrelid AND d.refobjsubid = s.attnum AND d.classid = 'pg_rewrite'::regclass
    JOIN pg_rewrite AS r ON r.oid = d.objid
)
SELECT views IS NOT NULL,
       CASE WHEN views IS NOT NULL
            THEN format('its vectors have %s dimensions, the embedder gives %s, and views keep the column from being changed. Drop them first: %s',
                        dimension, $1, views)
            ELSE format('rag_chunks: its vectors have %s dimensions and the embedder gives %s: they and their index are dropped, and until a source is '
                        'indexed anew its chunks have no vector; the application must ask with the new embedder', nullif(dimension, -1), $1) END
  FROM stored, viewed
 WHERE dimension <> $1::integer
