-- purpose: End the open alerts of Alertmanager's that it no longer has; those kept after a moment may not have reached it.
-- params: fingerprints, begun, before, apart
UPDATE model_alerts SET
    resolved = TRUE,
    resolved_at = now(),
    resolution = 'reconciled',
    suppressed = FALSE
WHERE
    NOT resolved
    AND fingerprint IS NOT NULL
    AND created_at < %(before)s
    AND NOT EXISTS (
        SELECT FROM unnest(%(fingerprints)s::text[], %(begun)s::timestamptz[]) AS live (fingerprint, starts_at)
        WHERE
            live.fingerprint = model_alerts.fingerprint
            AND live.starts_at <= model_alerts.triggered_at + %(apart)s::interval
    )
