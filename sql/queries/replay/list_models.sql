-- purpose: List the models with rows in a span of event time.
-- params: model_name, version, environment, window_start, window_end
-- returns: model_name, version, environment
SELECT DISTINCT
    model_name,
    version,
    environment
FROM prediction_logs
WHERE
    "timestamp" >= %(window_start)s
    AND "timestamp" < %(window_end)s
    AND (%(model_name)s::text IS NULL OR model_name = %(model_name)s)
    AND (%(version)s::text IS NULL OR version = %(version)s)
    AND (%(environment)s::text IS NULL OR environment = %(environment)s)
ORDER BY model_name, version, environment
