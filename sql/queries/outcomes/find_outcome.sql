-- purpose: Find the next outcome in a range of ingest numbers.
-- params: low, high
-- returns: ingest_seq
SELECT ingest_seq
FROM prediction_outcomes
WHERE
    ingest_seq > %(low)s
    AND ingest_seq <= %(high)s
ORDER BY ingest_seq
LIMIT 1
