-- What each test says of the same feature in its last window.
-- begins with: judged, shown
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
