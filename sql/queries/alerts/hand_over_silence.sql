-- purpose: Hand the silence of an alert that is over, and who acknowledged it, to the same alert of a lesser severity.
-- params: id, silence_id
UPDATE model_alerts SET
    acknowledged = TRUE,
    acknowledged_at = coalesce(
        model_alerts.acknowledged_at, greatest(graver.acknowledged_at, model_alerts.triggered_at)
    ),
    acknowledged_by = coalesce(model_alerts.acknowledged_by, graver.acknowledged_by),
    silence_id = graver.silence_id,
    silenced_until = graver.silenced_until
FROM model_alerts AS graver
WHERE
    graver.id = %(id)s
    AND graver.silence_id = %(silence_id)s
    AND graver.resolved
    AND graver.acknowledged
    AND NOT model_alerts.resolved
    AND model_alerts.fingerprint IS NOT NULL
    AND model_alerts.silence_id IS NULL
    AND model_alerts.model_name = graver.model_name
    AND model_alerts.environment = graver.environment
    AND model_alerts.labels - 'severity' = graver.labels - 'severity'
    AND array_position(ARRAY['critical', 'warning', 'info'], graver.severity)
    < array_position(ARRAY['critical', 'warning', 'info'], model_alerts.severity)
