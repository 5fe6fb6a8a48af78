-- The limit of the health score, at the same points.
SELECT
    date_bin(
        ($__timeTo()::timestamptz - $__timeFrom()::timestamptz) / 300, "timestamp", $__timeFrom()::timestamptz
    ) AS "time",
    'limit' AS metric,
    max(threshold) AS value
FROM driftgauge.model_health
WHERE
    model_name IN (${model:sqlstring})
    AND version = ANY (ARRAY[${version:sqlstring}]::text[])
    AND environment = ANY (ARRAY[${environment:sqlstring}]::text[])
    AND $__timeFilter("timestamp")
GROUP BY 1
ORDER BY 1
