-- purpose: Read the alerts that have a silence of their own.
-- returns: id, labels, resolved, acknowledged_by, silence_id, silenced_until
SELECT
    id,
    labels,
    resolved,
    acknowledged_by,
    silence_id,
    silenced_until
FROM model_alerts
WHERE silence_id IS NOT NULL
