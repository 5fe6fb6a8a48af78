-- purpose: List alerts, resolved ones too, of one model or of all, the newest first.
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
    (%(model_name)s::text IS NULL OR model_name = %(model_name)s)
ORDER BY triggered_at DESC, id DESC
LIMIT %(rows)s
