-- purpose: List the models of which importances were inserted since a moment: how many, from when to when, and the earliest time of any.
-- params: since
-- returns: model_name, version, environment, rows, first_at, oldest, newest
SELECT
    model_name,
    version,
    environment,
    count(*) AS rows,
    min("timestamp") AS first_at,
    min(created_at) AS oldest,
    max(created_at) AS newest
FROM feature_importance_history
WHERE
    created_at > %(since)s
    AND "timestamp" <= now() + INTERVAL '5 minutes'
GROUP BY model_name, version, environment
