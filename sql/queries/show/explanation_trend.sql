-- purpose: Sum up what services logged of a model's explanations themselves by day, type and method, over the UTC days up to today.
-- params: model_name, version, environment, days
-- returns: day, explanation_type, method, explanations, mean_complexity
WITH recent AS (
    SELECT
        ("timestamp" AT TIME ZONE 'UTC')::date AS day,
        explanation_type,
        explanation_method,
        CASE WHEN abs(complexity_score) <= 1e150 THEN complexity_score END AS complexity -- NaN is above them all
    FROM explanation_metadata
    WHERE
        model_name = %(model_name)s
        AND (%(version)s::text IS NULL OR version = %(version)s)
        AND (%(environment)s::text IS NULL OR environment = %(environment)s)
        AND "timestamp" >= date_trunc('day', now(), 'UTC') - (%(days)s::integer - 1) * INTERVAL '24 hours'
        AND "timestamp" <= now()
)

SELECT
    day,
    explanation_type,
    explanation_method AS method,
    count(*) AS explanations,
    sum(complexity) / nullif(count(complexity), 0) AS mean_complexity -- avg() squares, and could overflow
FROM recent
GROUP BY day, explanation_type, explanation_method
ORDER BY day, explanation_type, explanation_method NULLS FIRST
