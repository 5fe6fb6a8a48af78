-- purpose: Count a model's predictions of the hours up to now, and sum up the latencies that can be right.
-- params: model_name, version, environment, hours
-- returns: total, success, error, timed, mean_latency_ms, p95_latency_ms, min_latency_ms, max_latency_ms
WITH recent AS (
    SELECT
        status,
        CASE WHEN latency_ms >= 0 AND latency_ms <= 1e150 THEN latency_ms END AS latency_ms -- NaN is above them all
    FROM prediction_logs
    WHERE
        model_name = %(model_name)s
        AND (%(version)s::text IS NULL OR version = %(version)s)
        AND (%(environment)s::text IS NULL OR environment = %(environment)s)
        AND "timestamp" > now() - %(hours)s::double precision * INTERVAL '1 hour'
        AND "timestamp" <= now()
)

SELECT
    count(*) AS total,
    count(*) FILTER (WHERE status = 'success') AS success,
    count(*) FILTER (WHERE status = 'error') AS error,
    count(latency_ms) AS timed,
    sum(latency_ms) / nullif(count(latency_ms), 0) AS mean_latency_ms, -- avg() squares, and could overflow
    percentile_cont(0.95) WITHIN GROUP (ORDER BY latency_ms) AS p95_latency_ms,
    min(latency_ms) AS min_latency_ms,
    max(latency_ms) AS max_latency_ms
FROM recent
