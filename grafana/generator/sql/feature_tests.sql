-- What each test says of the same feature in its last window.
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
    shown.feature_name AS feature,
    shown.version,
    result.statistical_test AS test,
    CASE WHEN result.drift_detected THEN 'drifted' ELSE '' END AS decides,
    result.effect AS score,
    result.threshold,
    result.effect / nullif(result.threshold, 0) AS ratio,
    result.p_value,
    result.adjusted_p_value
FROM shown
INNER JOIN driftgauge.drift_results AS result
    USING (model_name, version, environment, segment, window_end, feature_name)
WHERE result.replay_id IS NULL AND result.effect IS NOT NULL
ORDER BY result.drift_detected DESC, ratio DESC NULLS LAST, result.statistical_test
