-- purpose: Find the beginnings of alerts that the history does not have.
-- params: fingerprints, begun
-- returns: fingerprint, starts_at
SELECT
    live.fingerprint,
    live.starts_at
FROM unnest(%(fingerprints)s::text[], %(begun)s::timestamptz[]) AS live (fingerprint, starts_at)
LEFT JOIN model_alerts
    ON live.fingerprint = model_alerts.fingerprint AND live.starts_at = model_alerts.triggered_at
WHERE model_alerts.id IS NULL
