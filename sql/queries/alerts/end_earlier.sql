-- purpose: End what lasts of an alert into its beginning anew, which is later by more than the servers of a pair differ.
-- params: fingerprint, starts_at, apart
UPDATE model_alerts SET
    resolved = TRUE,
    resolved_at = %(starts_at)s,
    resolution = CASE WHEN resolved THEN resolution ELSE 'reconciled' END,
    suppressed = FALSE
WHERE
    fingerprint = %(fingerprint)s
    AND (NOT resolved OR (resolution IN ('reconciled', 'by hand') AND resolved_at > %(starts_at)s))
    AND triggered_at < %(starts_at)s::timestamptz - %(apart)s::interval
