-- The baseline: the promised columns, a primary key and one partial index. No fence, no coalescing, no lease.
CREATE TABLE baseline_queue (
  id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL,
  source_type     varchar(50) NOT NULL,
  source_id       uuid NOT NULL,
  action          varchar(20) NOT NULL,
  priority        integer NOT NULL DEFAULT 5,
  status          varchar(20) NOT NULL DEFAULT 'pending',
  attempts        integer NOT NULL DEFAULT 0,
  last_error      text,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX baseline_queue_ready ON baseline_queue (priority DESC, created_at) WHERE status = 'pending';
