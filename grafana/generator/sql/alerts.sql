-- Alerts of the model that fired in the time that is shown, with who acknowledged them and how they ended.
SELECT
    triggered_at AS began,
    alert_type AS alert,
    severity,
    CASE
        WHEN resolved THEN 'ended'
        WHEN acknowledged THEN 'acknowledged'
        WHEN suppressed THEN 'silenced'
        ELSE 'waits'
    END AS state,
    labels ->> 'feature' AS feature,
    version,
    environment,
    message,
    acknowledged_by,
    acknowledged_at,
    resolved_at AS ended,
    concat_ws(' ', resolution, resolved_by) AS ended_by
FROM driftgauge.alert_history
WHERE
    model_name IN (${model:sqlstring})
    AND (version = '' OR version = ANY (ARRAY[${version:sqlstring}]::text[]))
    AND (environment = '' OR environment = ANY (ARRAY[${environment:sqlstring}]::text[]))
    AND triggered_at <= $__timeTo()
    AND (NOT resolved OR coalesce(resolved_at, triggered_at) >= $__timeFrom())
ORDER BY resolved, (severity <> 'critical'), triggered_at DESC
LIMIT 200
