-- purpose: Open alerts again that Alertmanager has, and that it, or its list, had ended before a moment.
-- params: fingerprints, begun, before
UPDATE model_alerts SET
    resolved = FALSE,
    resolved_at = NULL,
    resolution = NULL
FROM unnest(%(fingerprints)s::text[], %(begun)s::timestamptz[]) AS live (fingerprint, starts_at)
WHERE
    model_alerts.fingerprint = live.fingerprint
    AND model_alerts.triggered_at = live.starts_at
    AND model_alerts.resolved
    AND model_alerts.resolution IN ('alertmanager', 'reconciled')
    AND model_alerts.resolved_at < %(before)s
    AND NOT EXISTS (
        SELECT FROM model_alerts AS other
        WHERE
            other.fingerprint = model_alerts.fingerprint
            AND NOT other.resolved
    )
