-- purpose: Read by which statuses each model was ever counted.
-- returns: model_name, version, environment, statuses
SELECT
    model_name,
    version,
    environment,
    array_agg(status) AS statuses
FROM traffic_totals
GROUP BY model_name, version, environment
