-- purpose: End an alert as Alertmanager tells; one that only its absence had ended now knows when.
-- params: fingerprint, starts_at, ended_at
UPDATE model_alerts SET
    resolved = TRUE,
    resolved_at = %(ended_at)s,
    resolution = 'alertmanager',
    suppressed = FALSE
WHERE
    fingerprint = %(fingerprint)s
    AND triggered_at <= %(ended_at)s
    AND (NOT resolved OR (resolution = 'reconciled' AND triggered_at = %(starts_at)s))
