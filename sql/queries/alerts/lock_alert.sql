-- purpose: Read an alert and hold its row.
-- params: id
-- returns: id, fingerprint, alert_type, labels, resolved, resolved_at, resolved_by, acknowledged, acknowledged_at, acknowledged_by, silence_id, silenced_until
SELECT
    id,
    fingerprint,
    alert_type,
    labels,
    resolved,
    resolved_at,
    resolved_by,
    acknowledged,
    acknowledged_at,
    acknowledged_by,
    silence_id,
    silenced_until
FROM model_alerts
WHERE id = %(id)s
FOR UPDATE
