-- purpose: Find the event times that a model's earliest rows span.
-- params: model_name, version, environment, rows
-- returns: first_at, last_at, predictions
SELECT
    min("timestamp") AS first_at,
    max("timestamp") AS last_at,
    count(*) AS predictions
FROM (
    SELECT "timestamp"
    FROM prediction_logs
    WHERE
        model_name = %(model_name)s
        AND version = %(version)s
        AND environment = %(environment)s
        AND has_sane_time("timestamp", created_at)
    ORDER BY "timestamp"
    LIMIT %(rows)s
) AS earliest
