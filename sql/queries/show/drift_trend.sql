-- purpose: Count a model's drift checks by day, over the UTC days up to today; a check is one test on one feature of all its rows.
-- params: model_name, version, environment, days
-- returns: day, drifted, checks, unjudged, mean_p_value
SELECT
    ("timestamp" AT TIME ZONE 'UTC')::date AS day,
    count(*) FILTER (WHERE drift_detected) AS drifted,
    count(*) FILTER (WHERE verdict IN ('stable', 'drifted')) AS checks,
    count(*) FILTER (WHERE verdict IN ('insufficient_data', 'no_data')) AS unjudged,
    avg(p_value) FILTER (WHERE verdict IN ('stable', 'drifted')) AS mean_p_value
FROM data_drift_results
WHERE
    replay_id IS NULL
    AND segment = ''
    AND model_name = %(model_name)s
    AND (%(version)s::text IS NULL OR version = %(version)s)
    AND (%(environment)s::text IS NULL OR environment = %(environment)s)
    AND "timestamp" >= date_trunc('day', now(), 'UTC') - (%(days)s::integer - 1) * INTERVAL '24 hours'
    AND "timestamp" <= now()
GROUP BY day
ORDER BY day
