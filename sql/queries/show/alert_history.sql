-- purpose: Read the alerts of a model that began in the hours up to now, the newest first, resolved or not.
-- params: model_name, version, environment, hours, rows
-- returns: id, version, environment, alert_type, severity, message, labels, value, threshold, triggered_at, acknowledged, acknowledged_at, acknowledged_by, suppressed, resolved, resolved_at, resolution, resolved_by
SELECT
    id,
    version,
    environment,
    alert_type,
    severity,
    message,
    labels,
    value,
    threshold,
    triggered_at,
    acknowledged,
    acknowledged_at,
    acknowledged_by,
    suppressed,
    resolved,
    resolved_at,
    resolution,
    resolved_by
FROM alert_history
WHERE
    model_name = %(model_name)s
    AND triggered_at > now() - %(hours)s::double precision * INTERVAL '1 hour'
    AND triggered_at <= now()
    AND (%(version)s::text IS NULL OR version = %(version)s)
    AND (%(environment)s::text IS NULL OR environment = %(environment)s)
ORDER BY triggered_at DESC, id DESC
LIMIT %(rows)s
