-- purpose: Sum up the history since a moment of metrics that have newer values, so that what changed is told from what did not.
-- params: metric_names, since, newer
-- returns: model_name, version, environment, metric_name, fingerprint
SELECT
    model_name,
    version,
    environment,
    metric_name,
    sum(hashtextextended(concat_ws(' ', extract(EPOCH FROM "timestamp"), metric_value), 0))::text AS fingerprint
FROM model_performance_history
WHERE
    metric_name = any(%(metric_names)s::text[])
    AND basis = 'realised'
    AND segment = ''
    AND "timestamp" > %(since)s
    AND "timestamp" <= now() + INTERVAL '5 minutes'
GROUP BY model_name, version, environment, metric_name
HAVING max("timestamp") > %(newer)s
