-- purpose: Count the rows that will be recounted, and those of them that are quarantined.
-- params: floor, rebuilt_to
-- returns: predictions, quarantined
SELECT
    count(*) AS predictions,
    count(*) FILTER (
        WHERE "timestamp" < '1970-01-01Z' OR "timestamp" > now() + INTERVAL '5 minutes'
    ) AS quarantined
FROM prediction_logs
WHERE
    ingest_seq <= %(rebuilt_to)s
    AND "timestamp" >= %(floor)s
