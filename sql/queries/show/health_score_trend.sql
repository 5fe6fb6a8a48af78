-- purpose: Sum up a model's scores by day, over the UTC days up to today: each holds until the next, for an hour at most.
-- params: model_name, version, environment, days
-- returns: day, mean_score, least_score, hours, hours_below
WITH scores AS (
    SELECT
        ("timestamp" AT TIME ZONE 'UTC')::date AS day,
        score,
        threshold,
        greatest(
            date_part(
                'epoch',
                least(
                    lead("timestamp") OVER (PARTITION BY version, environment ORDER BY "timestamp") - "timestamp",
                    now() - "timestamp",
                    INTERVAL '1 hour'
                )
            ) / 3600,
            0.0001 -- of a score that was written just now
        ) AS hours
    FROM model_health_scores
    WHERE
        model_name = %(model_name)s
        AND (%(version)s::text IS NULL OR version = %(version)s)
        AND (%(environment)s::text IS NULL OR environment = %(environment)s)
        AND "timestamp" >= date_trunc('day', now(), 'UTC') - (%(days)s::integer - 1) * INTERVAL '24 hours'
        AND "timestamp" <= now()
)

SELECT
    day,
    sum(score * hours) / sum(hours) AS mean_score,
    min(score) AS least_score,
    sum(hours) AS hours,
    coalesce(sum(hours) FILTER (WHERE score < threshold), 0) AS hours_below
FROM scores
GROUP BY day
ORDER BY day
