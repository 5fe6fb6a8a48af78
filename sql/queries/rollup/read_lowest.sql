-- purpose: Find the lowest ingest number that is still there; NULL when there is no row.
-- returns: lowest
SELECT min(ingest_seq) AS lowest
FROM prediction_logs
