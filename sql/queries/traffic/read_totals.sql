-- purpose: Read every model's totals by status.
-- returns: model_name, version, environment, status, predictions, latency_buckets, latency_sum, first_at, last_at
SELECT
    model_name,
    version,
    environment,
    status,
    predictions,
    latency_buckets,
    latency_sum,
    date_part('epoch', first_timestamp) AS first_at,
    date_part('epoch', last_timestamp) AS last_at
FROM traffic_totals
ORDER BY model_name, version, environment, status
