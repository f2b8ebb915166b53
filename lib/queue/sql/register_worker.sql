-- $1 host, $2 pid, $3 lease in ms.
INSERT INTO rag_workers (host, pid, lease) VALUES ($1, $2, $3::bigint * interval '1 millisecond') RETURNING id
