-- What is running is 16 bytes longer than what waits: with half a page, the last rows of many did not fit beside their first versions.
ALTER TABLE rag_index_queue SET (fillfactor = 47);
