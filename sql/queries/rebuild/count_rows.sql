-- purpose: Count the rows that were counted and will be again, and those of them that are quarantined.
-- params: floor, ingest_seq
-- returns: predictions, quarantined
SELECT
    count(*) AS predictions,
    count(*) FILTER (
        WHERE NOT has_sane_time("timestamp", created_at)
    ) AS quarantined
FROM prediction_logs
WHERE
    ingest_seq <= %(ingest_seq)s
    AND "timestamp" >= %(floor)s
