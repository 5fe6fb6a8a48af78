-- purpose: Keep of each open alert of Alertmanager's whether it is suppressed there.
-- params: fingerprints, suppressed
UPDATE model_alerts SET suppressed = live.suppressed
FROM unnest(%(fingerprints)s::text[], %(suppressed)s::boolean[]) AS live (fingerprint, suppressed)
WHERE
    NOT model_alerts.resolved
    AND model_alerts.fingerprint = live.fingerprint
    AND model_alerts.suppressed <> live.suppressed
