-- purpose: Sum up one performance metric of a model by day, over the UTC days up to today.
-- params: model_name, version, environment, metric_name, days
-- returns: day, mean, p95, samples
WITH recent AS (
    SELECT
        ("timestamp" AT TIME ZONE 'UTC')::date AS day,
        CASE WHEN abs(metric_value) <= 1e150 THEN metric_value END AS value -- NaN is above them all
    FROM model_performance_history
    WHERE
        model_name = %(model_name)s
        AND metric_name = %(metric_name)s
        AND basis = 'realised'
        AND segment = ''
        AND (%(version)s::text IS NULL OR version = %(version)s)
        AND (%(environment)s::text IS NULL OR environment = %(environment)s)
        AND "timestamp" >= date_trunc('day', now(), 'UTC') - (%(days)s::integer - 1) * INTERVAL '24 hours'
        AND "timestamp" <= now()
)

SELECT
    day,
    sum(value) / nullif(count(value), 0) AS mean, -- avg() squares, and could overflow
    percentile_cont(0.95) WITHIN GROUP (ORDER BY value) AS p95,
    count(value) AS samples
FROM recent
GROUP BY day
ORDER BY day
