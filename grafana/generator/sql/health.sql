-- The health score of each chosen version, at 300 points of the time that is shown: the least of each.
SELECT
    date_bin(
        ($__timeTo()::timestamptz - $__timeFrom()::timestamptz) / 300, "timestamp", $__timeFrom()::timestamptz
    ) AS "time",
    version || ' ' || environment AS metric,
    min(score) AS value
FROM driftgauge.model_health
WHERE
    model_name IN (${model:sqlstring})
    AND version = ANY (ARRAY[${version:sqlstring}]::text[])
    AND environment = ANY (ARRAY[${environment:sqlstring}]::text[])
    AND $__timeFilter("timestamp")
GROUP BY 1, 2
ORDER BY 1, 2
