-- purpose: Read the history of a model's metric since a moment, the oldest value first.
-- params: model_name, version, environment, metric_name, since
-- returns: at, found
SELECT
    "timestamp" AS at,
    metric_value AS found
FROM model_performance_history
WHERE
    model_name = %(model_name)s
    AND version = %(version)s
    AND environment = %(environment)s
    AND metric_name = %(metric_name)s
    AND basis = 'realised'
    AND segment = ''
    AND "timestamp" > %(since)s
    AND "timestamp" <= now() + INTERVAL '5 minutes'
    AND metric_value - metric_value = 0 -- no NaN, nothing infinite
ORDER BY "timestamp" ASC, metric_value ASC
