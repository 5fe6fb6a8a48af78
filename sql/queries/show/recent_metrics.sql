-- purpose: Read the newest metrics that a model's services logged in the hours up to now.
-- params: model_name, version, environment, hours, rows
-- returns: version, environment, metric_name, metric_value, metric_unit, timestamp
SELECT
    version,
    environment,
    metric_name,
    metric_value,
    metric_unit,
    "timestamp"
FROM model_metrics
WHERE
    model_name = %(model_name)s
    AND (%(version)s::text IS NULL OR version = %(version)s)
    AND (%(environment)s::text IS NULL OR environment = %(environment)s)
    AND "timestamp" > now() - %(hours)s::double precision * INTERVAL '1 hour'
    AND "timestamp" <= now()
ORDER BY "timestamp" DESC, metric_name ASC, id ASC
LIMIT %(rows)s
