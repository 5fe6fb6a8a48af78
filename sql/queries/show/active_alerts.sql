-- purpose: Read the alerts of a model that are not resolved, the gravest first and then the newest.
-- params: model_name, version, environment, rows
-- returns: id, version, environment, alert_type, severity, message, details, value, threshold, triggered_at, acknowledged, acknowledged_at, acknowledged_by
SELECT
    id,
    version,
    environment,
    alert_type,
    severity,
    message,
    details,
    value,
    threshold,
    triggered_at,
    acknowledged,
    acknowledged_at,
    acknowledged_by
FROM model_alerts
WHERE
    NOT resolved
    AND model_name = %(model_name)s
    AND (%(version)s::text IS NULL OR version = %(version)s)
    AND (%(environment)s::text IS NULL OR environment = %(environment)s)
ORDER BY array_position(ARRAY['critical', 'warning', 'info'], severity), triggered_at DESC, id DESC
LIMIT %(rows)s
