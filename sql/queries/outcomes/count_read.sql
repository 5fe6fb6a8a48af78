-- purpose: Count a final range of outcomes, and those of them that cannot be used: of an absurd time, or without an answer.
-- params: low, high
-- returns: outcomes, quarantined
SELECT
    count(*) AS outcomes,
    count(*) FILTER (
        WHERE NOT has_sane_time("timestamp", created_at) OR (label IS NULL AND value IS NULL)
    ) AS quarantined
FROM prediction_outcomes
WHERE
    ingest_seq > %(low)s
    AND ingest_seq <= %(high)s
