-- purpose: Read how long grave alerts have waited for somebody to acknowledge them, the longest first.
-- params: excepted, rows
-- returns: model_name, version, environment, alert_type, severity, feature, seconds
SELECT
    model_name,
    version,
    environment,
    alert_type,
    severity,
    coalesce(labels ->> 'feature', '') AS feature,
    extract(EPOCH FROM greatest(now() - min(triggered_at), INTERVAL '0'))::double precision AS seconds
FROM model_alerts
WHERE
    NOT resolved
    AND NOT acknowledged
    AND NOT suppressed
    AND severity IN ('critical', 'warning')
    AND alert_type <> %(excepted)s
GROUP BY model_name, version, environment, alert_type, severity, coalesce(labels ->> 'feature', '')
ORDER BY min(triggered_at) ASC
LIMIT %(rows)s
