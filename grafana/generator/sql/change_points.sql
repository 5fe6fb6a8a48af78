-- Changes of the concept that were found in the time that is shown, with the means before and after.
SELECT
    "timestamp" AS changed,
    created_at AS found,
    metric_name AS metric,
    detector,
    version,
    environment,
    direction,
    reference_mean AS before,
    current_mean AS after,
    score
FROM driftgauge.concept_drift
WHERE
    drift_detected
    AND model_name IN (${model:sqlstring})
    AND version = ANY (ARRAY[${version:sqlstring}]::text[])
    AND environment = ANY (ARRAY[${environment:sqlstring}]::text[])
    AND $__timeFilter(created_at)
ORDER BY created_at DESC, "timestamp" DESC, id DESC
LIMIT 200
