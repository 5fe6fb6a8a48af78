-- purpose: List the models that were ever counted, with their versions and environments.
-- returns: model_name, version, environment, predictions, first_at, last_at
SELECT
    model_name,
    version,
    environment,
    sum(predictions)::bigint AS predictions,
    min(first_timestamp) AS first_at,
    max(last_timestamp) AS last_at
FROM traffic_totals
GROUP BY model_name, version, environment
ORDER BY model_name, version, environment
