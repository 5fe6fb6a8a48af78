-- Each test's highest score of the same feature, in multiples of its threshold, at 300 points of the time that is shown.
-- begins with: judged, shown
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
