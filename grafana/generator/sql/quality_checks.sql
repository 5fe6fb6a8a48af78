-- The last verdict of each check of the chosen features, of the model's rows and of its texts, faults first.
SELECT
    latest.feature_name AS feature,
    latest.check_name AS check,
    latest.version,
    latest.environment,
    latest.verdict,
    latest.reason,
    latest.window_end AS window
FROM (
    SELECT DISTINCT ON (version, environment, feature_name, check_name) *
    FROM driftgauge.data_quality
    WHERE
        model_name IN (${model:sqlstring})
        AND version = ANY (ARRAY[${version:sqlstring}]::text[])
        AND environment = ANY (ARRAY[${environment:sqlstring}]::text[])
        AND (feature_name IS NULL OR feature_name = ANY (ARRAY[${feature:sqlstring}]::text[]))
        AND $__timeFilter("timestamp")
    ORDER BY version, environment, feature_name, check_name, window_end DESC
) AS latest
ORDER BY (latest.verdict <> 'faulty'), latest.feature_name NULLS FIRST, latest.check_name, latest.version
