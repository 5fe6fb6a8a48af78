-- purpose: Read each model's confidence over the hour of traffic up to now.
-- returns: model_name, version, environment, confidence_count, confidence_sum
SELECT
    model_name,
    version,
    environment,
    sum(confidence_count)::bigint AS confidence_count,
    sum(confidence_sum) AS confidence_sum
FROM traffic_rollups
WHERE bucket_start > now() - INTERVAL '1 hour'
GROUP BY model_name, version, environment
HAVING sum(confidence_count) > 0
