-- The trigger before an INSERT that says more, or less, than a request does. NULL is taken for the default, as object mappers mean it. What a claim
-- or a retry keeps in the row is theirs alone to say, but for a moment before which the request is not due. Whom the policies bind is refused by them for a status that is not pending.
CREATE OR REPLACE FUNCTION rag_take_defaults() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  NEW.id := coalesce(NEW.id, rag_job_id());
  NEW.priority := coalesce(NEW.priority, 5);
  NEW.status := coalesce(NEW.status, 'pending');
  NEW.attempts := coalesce(NEW.attempts, 0);
  NEW.created_at := coalesce(NEW.created_at, now());
  NEW.updated_at := coalesce(NEW.updated_at, now());
  IF NEW.status = 'running' AND NOT row_security_active(TG_RELID) THEN
    NEW.status := 'pending';
  END IF;
  IF NEW.status = 'pending' THEN
    NEW.run_at := CASE WHEN NEW.run_at < 'infinity' THEN NEW.run_at END;
    NEW.token := NULL;
    NEW.worker_id := NULL;
    NEW.superseded_by := NULL;
    NEW.rescues := 0;
  END IF;
  RETURN NEW;
END $$;
