-- What waits or runs. The first eleven columns are promised to every program; seq is the order of arrival, run_at is NULL but for what waits between
-- two attempts, token is the fence of the claim that runs the row, worker_id the lease that it runs under, rescues how many workers vanished while
-- running it, superseded_by the newer request whose run served this one too. Each page keeps room for a second version of its rows, which are 16
-- bytes longer while they run, and no index names status or token: so a claim's update is heap-only.
CREATE SEQUENCE rag_index_queue_seq;
CREATE SEQUENCE rag_claim_token;
CREATE TABLE rag_index_queue (
  id              uuid PRIMARY KEY DEFAULT rag_job_id(),
  organization_id uuid NOT NULL,
  source_type     varchar(50) NOT NULL,
  source_id       uuid NOT NULL,
  action          varchar(20) NOT NULL,
  priority        integer NOT NULL DEFAULT 5,
  status          varchar(20) NOT NULL DEFAULT 'pending',
  attempts        integer NOT NULL DEFAULT 0,
  last_error      text,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  seq             bigint NOT NULL DEFAULT nextval('rag_index_queue_seq'),
  run_at          timestamptz,
  token           bigint,
  worker_id       bigint,
  rescues         integer NOT NULL DEFAULT 0,
  superseded_by   uuid,
  CONSTRAINT rag_index_queue_request CHECK (rag_check_request(source_type, action, priority, status)) NO INHERIT
) WITH (fillfactor = 47);
