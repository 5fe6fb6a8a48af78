-- purpose: List alerts that are not resolved, of one model or of all, the gravest first and then the newest.
-- params: model_name, rows
-- returns: id, model_name, version, environment, alert_type, severity, message, labels, value, threshold, triggered_at, acknowledged, acknowledged_at, acknowledged_by, suppressed, silenced_until, resolved, resolved_at, resolution, resolved_by
SELECT
    id,
    model_name,
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
    silenced_until,
    resolved,
    resolved_at,
    resolution,
    resolved_by
FROM model_alerts
WHERE
    NOT resolved
    AND (%(model_name)s::text IS NULL OR model_name = %(model_name)s)
ORDER BY array_position(ARRAY['critical', 'warning', 'info'], severity), triggered_at DESC, id DESC
LIMIT %(rows)s
