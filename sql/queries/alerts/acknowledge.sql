-- purpose: Keep who acknowledged an alert first, and when, and its silence.
-- params: id, acknowledged_by, silence_id, silenced_until
UPDATE model_alerts SET
    acknowledged = TRUE,
    acknowledged_at = CASE WHEN acknowledged THEN coalesce(acknowledged_at, now()) ELSE now() END,
    acknowledged_by = CASE
        WHEN acknowledged THEN coalesce(acknowledged_by, %(acknowledged_by)s)
        ELSE %(acknowledged_by)s
    END,
    silence_id = coalesce(%(silence_id)s, silence_id),
    silenced_until = coalesce(%(silenced_until)s::timestamptz, silenced_until)
WHERE id = %(id)s
