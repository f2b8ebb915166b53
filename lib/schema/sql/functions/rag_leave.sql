-- Takes running jobs from their claims, and returns those whose claim was still valid. `how`: fail (an attempt more, a message, and a pause in ms; NULL:
-- failed for good), release (unspent, and after the pause in ms, if any), return (unspent, and no late word of the claim counts), rescue (the same, for a claim whose worker vanished: one
-- whose workers vanish again and again is taken for the cause, and fails). A NULL token stands for a row that no claim made running.
-- Where one row of many is refused, by an index or a trigger of the owner's, the others go one by one; one that would stand beside another pending
-- request for its source against an index gives way to it.
CREATE OR REPLACE FUNCTION rag_leave(ids uuid[], tokens bigint[], how text, messages text[] DEFAULT NULL, pauses bigint[] DEFAULT NULL) RETURNS uuid[]
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
#variable_conflict use_variable
DECLARE
  gone uuid[];
BEGIN
  WITH left_now AS (
    UPDATE ONLY rag_index_queue AS q
       SET status     = CASE WHEN how = 'fail' AND l.pause IS NULL OR how = 'rescue' AND l.lost >= 5 THEN 'failed' ELSE 'pending' END,
           attempts   = CASE how WHEN 'fail' THEN least(greatest(q.attempts, 0), 1000000) + 1 ELSE q.attempts END,
           last_error = CASE WHEN how = 'fail' THEN l.message
                             WHEN how = 'rescue' AND l.lost >= 5 THEN format('its workers vanished %s times while running it', l.lost)
                             ELSE q.last_error END,
           run_at     = now() + l.pause * interval '1 millisecond',
           rescues    = CASE how WHEN 'rescue' THEN l.lost ELSE q.rescues END,
           token      = CASE WHEN how IN ('fail', 'release') THEN q.token END,
           worker_id = NULL, updated_at = now()
      FROM (SELECT r.id, j.token, j.message, CASE WHEN j.pause > 604800000 THEN 604800000 ELSE j.pause END AS pause,
                   least(greatest(r.rescues, 0), 1000) + (r.token IS NOT NULL)::integer AS lost
              FROM unnest(ids, tokens, messages, pauses) AS j (id, token, message, pause) JOIN ONLY rag_index_queue AS r USING (id)) AS l
     WHERE q.id = l.id AND q.token IS NOT DISTINCT FROM l.token AND q.status = 'running'
    RETURNING q.id
  )
  SELECT array_agg(left_now.id) INTO gone FROM left_now;
  RETURN coalesce(gone, '{}');
EXCEPTION WHEN OTHERS THEN
  gone := '{}';
  IF cardinality(ids) > 1 THEN
    FOR i IN 1 .. cardinality(ids) LOOP
      BEGIN
        gone := gone || rag_leave(ids[i:i], tokens[i:i], how, messages[i:i], pauses[i:i]);
      EXCEPTION WHEN OTHERS THEN
        RAISE WARNING 'ragqueue: job % stays running: %', ids[i], SQLERRM;
      END;
    END LOOP;
    RETURN gone;
  ELSIF SQLSTATE = '23505' AND rag_give_way(ids[1], (how = 'rescue')::integer) THEN
    RETURN CASE WHEN EXISTS (SELECT FROM ONLY rag_index_queue AS q WHERE q.id = ids[1] AND q.status = 'running')
                THEN rag_leave(ids, tokens, how, messages, pauses) ELSE ids END;
  ELSIF how = 'rescue' THEN
    RAISE WARNING 'ragqueue: job % stays running: %', ids[1], SQLERRM;
    RETURN gone;
  END IF;
  RAISE;
END $$;
