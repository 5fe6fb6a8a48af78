-- purpose: Read the alerts that have a silence of their own, but for those that somebody acknowledges at this moment.
-- returns: id, labels, resolved, acknowledged_by, silence_id, silenced_until
SELECT
    id,
    labels,
    resolved,
    acknowledged_by,
    silence_id,
    silenced_until
FROM model_alerts
WHERE
    silence_id IS NOT NULL
    AND NOT EXISTS (
        SELECT FROM alert_acknowledgements AS underway
        WHERE underway.alert_id = model_alerts.id
    )
