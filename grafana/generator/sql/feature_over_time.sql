-- Each test's highest score of the same feature, in multiples of its threshold, at 300 points of the time that is shown.
WITH latest AS (
    SELECT DISTINCT ON (version, environment)
        model_name,
        version,
        environment,
        segment,
        window_end
    FROM driftgauge.dataset_drift
    WHERE
        replay_id IS NULL
        AND segment = ''
        AND model_name IN (${model:sqlstring})
        AND version = ANY (ARRAY[${version:sqlstring}]::text[])
        AND environment = ANY (ARRAY[${environment:sqlstring}]::text[])
        AND $__timeFilter(window_end)
    ORDER BY version, environment, window_end DESC
),

judged AS (
    SELECT
        model_name,
        version,
        environment,
        segment,
        window_end,
        result.feature_name,
        result.verdict,
        result.reason,
        result.rows,
        max(result.effect / nullif(result.threshold, 0)) AS ratio
    FROM latest
    INNER JOIN driftgauge.drift_results AS result USING (model_name, version, environment, segment, window_end)
    WHERE
        result.replay_id IS NULL
        AND result.feature_name = ANY (ARRAY[${feature:sqlstring}]::text[])
    GROUP BY
        model_name, version, environment, segment, window_end,
        result.feature_name, result.verdict, result.reason, result.rows
),

shown AS (
    SELECT *
    FROM judged
    ORDER BY (verdict = 'drifted') DESC, ratio DESC NULLS LAST, feature_name, version, environment
    LIMIT 1
)

SELECT
    date_bin(
        ($__timeTo()::timestamptz - $__timeFrom()::timestamptz) / 300, result.window_end, $__timeFrom()::timestamptz
    ) AS "time",
    result.feature_name || ' ' || result.statistical_test || ' ' || result.version AS metric,
    max(result.effect / nullif(result.threshold, 0)) AS value
FROM driftgauge.drift_results AS result
INNER JOIN shown USING (model_name, version, environment, segment, feature_name)
WHERE
    result.replay_id IS NULL
    AND result.effect IS NOT NULL
    AND result.segment = ''
    AND result.model_name IN (${model:sqlstring})
    AND $__timeFilter(result.window_end)
GROUP BY 1, 2
ORDER BY 1, 2
