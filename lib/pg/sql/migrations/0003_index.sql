-- Holds the number for the index's own changes, which come from another branch.
SELECT 1;
