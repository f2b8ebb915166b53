-- After enqueue_many.sql: what rag_enqueue_index does for each row by itself.
SELECT pg_notify('rag_index_queue', '') WHERE EXISTS (SELECT FROM rag_workers WHERE idle AND heartbeat_at + lease > now())
