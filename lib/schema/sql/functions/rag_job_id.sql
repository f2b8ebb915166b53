-- UUIDs of version 7 (RFC 9562): those of one moment stand together in the primary key, and so do the rows that a claim takes.
CREATE OR REPLACE FUNCTION rag_job_id() RETURNS uuid LANGUAGE sql VOLATILE
RETURN encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
                                      PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
                                      FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid;
