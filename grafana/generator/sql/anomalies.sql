-- Hours of the time that is shown in which a metric was not as usual, the newest first.
SELECT
    bucket_start AS hour_from,
    metric_name AS metric,
    version,
    environment,
    direction,
    value,
    expected,
    lower,
    upper,
    score,
    reason
FROM driftgauge.anomalies
WHERE
    verdict = 'anomalous'
    AND model_name IN (${model:sqlstring})
    AND version = ANY (ARRAY[${version:sqlstring}]::text[])
    AND environment = ANY (ARRAY[${environment:sqlstring}]::text[])
    AND $__timeFilter(bucket_start)
ORDER BY bucket_start DESC, score DESC NULLS LAST
LIMIT 200
