-- The verdict on each chosen feature in the last window of each chosen version, with its reason, worst first.
-- begins with: judged
SELECT
    judged.model_name AS model,
    judged.feature_name AS feature,
    judged.version,
    judged.environment,
    judged.verdict,
    judged.ratio,
    judged.rows,
    told.reference_mean,
    told.current_mean,
    told.reference_missing::double precision
    / nullif(told.reference_missing + told.reference_values, 0) AS reference_missing,
    told.current_missing::double precision
    / nullif(told.current_missing + told.current_values, 0) AS current_missing,
    judged.reason,
    judged.window_end AS window
FROM judged
LEFT JOIN driftgauge.feature_distributions AS told
    USING (model_name, version, environment, segment, window_end, feature_name)
ORDER BY (judged.verdict = 'drifted') DESC, judged.ratio DESC NULLS LAST, judged.feature_name
