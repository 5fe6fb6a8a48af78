-- purpose: Count the rows that were counted and will be again, and those of them that are quarantined.
-- params: floor, ingest_seq
-- returns: predictions, quarantined
SELECT
    count(*) AS predictions,
    count(*) FILTER (
        WHERE "timestamp" < '1970-01-01Z' OR "timestamp" > now() + INTERVAL '5 minutes'
    ) AS quarantined
FROM prediction_logs
WHERE
    ingest_seq <= %(ingest_seq)s
    AND "timestamp" >= %(floor)s
