-- purpose: End what is open of an alert that has begun anew since, by more than the servers of a pair differ.
-- params: fingerprint, starts_at, apart
UPDATE model_alerts SET
    resolved = TRUE,
    resolved_at = %(starts_at)s,
    resolution = 'reconciled',
    suppressed = FALSE
WHERE
    fingerprint = %(fingerprint)s
    AND NOT resolved
    AND triggered_at < %(starts_at)s::timestamptz - %(apart)s::interval
