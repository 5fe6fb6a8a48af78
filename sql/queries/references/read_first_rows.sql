-- purpose: Find the ingest numbers and the event times that a model's first rows span, by the model's index.
-- params: model_name, version, environment, high, rows
-- returns: first_seq, last_seq, first_at, last_at, predictions
WITH of_model AS MATERIALIZED (
    SELECT
        ingest_seq,
        "timestamp"
    FROM prediction_logs
    WHERE
        model_name = %(model_name)s
        AND version = %(version)s
        AND environment = %(environment)s
        AND ingest_seq <= %(high)s
        AND has_sane_time("timestamp", created_at)
)

SELECT
    min(ingest_seq) AS first_seq,
    max(ingest_seq) AS last_seq,
    min("timestamp") AS first_at,
    max("timestamp") AS last_at,
    count(*) AS predictions
FROM (
    SELECT
        ingest_seq,
        "timestamp"
    FROM of_model
    ORDER BY ingest_seq
    LIMIT %(rows)s
) AS first_rows
