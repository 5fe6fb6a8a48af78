-- purpose: Keep an alert of Alertmanager's, unless it is known: no row of its fingerprint lasts into its own time.
-- params: fingerprint, starts_at, ended_at, model_name, version, environment, alert_type, severity, message, labels, annotations, generator_url, value, threshold
INSERT INTO model_alerts (
    fingerprint, triggered_at, model_name, version, environment, alert_type, severity, message, labels, annotations,
    generator_url, value, threshold, resolved, resolved_at, resolution
)
SELECT
    %(fingerprint)s,
    %(starts_at)s,
    %(model_name)s,
    %(version)s,
    %(environment)s,
    %(alert_type)s,
    %(severity)s,
    %(message)s,
    %(labels)s::jsonb,
    %(annotations)s::jsonb,
    %(generator_url)s,
    %(value)s::double precision,
    %(threshold)s::double precision,
    %(ended_at)s::timestamptz IS NOT NULL,
    %(ended_at)s,
    CASE WHEN %(ended_at)s::timestamptz IS NOT NULL THEN 'alertmanager' END
WHERE
    NOT EXISTS (
        SELECT FROM model_alerts AS known
        WHERE
            known.fingerprint = %(fingerprint)s
            AND known.triggered_at < coalesce(%(ended_at)s::timestamptz, 'infinity')
            AND (NOT known.resolved OR coalesce(known.resolved_at, known.triggered_at) > %(starts_at)s)
    )
ON CONFLICT (fingerprint, triggered_at) DO NOTHING
