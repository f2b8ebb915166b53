-- What a worker tells of its embedder while that is down.
ALTER TABLE rag_workers ADD COLUMN embedder_down_since timestamptz, ADD COLUMN embedder_answer text;
-- Source types that the worker cannot read, since when, and why: {source_type, since, reason}.
ALTER TABLE rag_workers ADD COLUMN waiting_sources jsonb;
