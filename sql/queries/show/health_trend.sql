-- purpose: Sum up a model's health checks by day, over the UTC days up to today.
-- params: model_name, version, environment, days
-- returns: day, mean_score, healthy, checks
WITH recent AS (
    SELECT
        (checked_at AT TIME ZONE 'UTC')::date AS day,
        status,
        CASE WHEN abs(health_score) <= 1e150 THEN health_score END AS score -- NaN is above them all
    FROM model_health_checks
    WHERE
        model_name = %(model_name)s
        AND (%(version)s::text IS NULL OR version = %(version)s)
        AND (%(environment)s::text IS NULL OR environment = %(environment)s)
        AND checked_at >= date_trunc('day', now(), 'UTC') - (%(days)s::integer - 1) * INTERVAL '24 hours'
        AND checked_at <= now()
)

SELECT
    day,
    sum(score) / nullif(count(score), 0) AS mean_score, -- avg() squares, and could overflow
    count(*) FILTER (WHERE status = 'healthy') AS healthy,
    count(*) AS checks
FROM recent
GROUP BY day
ORDER BY day
