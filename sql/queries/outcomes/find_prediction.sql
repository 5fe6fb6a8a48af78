-- purpose: Find the next prediction in a range of ingest numbers.
-- params: low, high
-- returns: ingest_seq
SELECT ingest_seq
FROM prediction_logs
WHERE
    ingest_seq > %(low)s
    AND ingest_seq <= %(high)s
ORDER BY ingest_seq
LIMIT 1
