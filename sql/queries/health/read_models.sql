-- purpose: List the models with predictions since a moment, and the event time of each one's last.
-- params: since
-- returns: model_name, version, environment, last_at
SELECT
    model_name,
    version,
    environment,
    max(last_timestamp) AS last_at
FROM traffic_totals
GROUP BY model_name, version, environment
HAVING max(last_timestamp) >= %(since)s
