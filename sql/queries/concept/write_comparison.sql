-- purpose: Write what comparing two windows of a metric found, in place of what it found before its history was restated.
-- params: model_name, version, environment, metric_name, verdict, direction, drift_detected, reference_start, border, current_end, reference_mean, current_mean, mean_difference, statistic, threshold, score, p_value, reference_values, current_values
INSERT INTO concept_drift_results (
    model_name, version, environment, metric_name, detector, verdict, direction, drift_detected,
    reference_window_start, reference_window_end, current_window_start, current_window_end, reference_mean,
    current_mean, mean_difference, z_score, threshold, score, p_value, reference_values, current_values, "timestamp"
)
VALUES (
    %(model_name)s, %(version)s, %(environment)s, %(metric_name)s, 't_test', %(verdict)s, %(direction)s,
    %(drift_detected)s, %(reference_start)s, %(border)s, %(border)s, %(current_end)s, %(reference_mean)s,
    %(current_mean)s, %(mean_difference)s, %(statistic)s, %(threshold)s, %(score)s, %(p_value)s, %(reference_values)s,
    %(current_values)s, %(current_end)s
)
ON CONFLICT (model_name, version, environment, metric_name, current_window_end) WHERE detector = 't_test'
DO UPDATE SET
    verdict = excluded.verdict,
    direction = excluded.direction,
    drift_detected = excluded.drift_detected,
    reference_window_start = excluded.reference_window_start,
    reference_window_end = excluded.reference_window_end,
    current_window_start = excluded.current_window_start,
    reference_mean = excluded.reference_mean,
    current_mean = excluded.current_mean,
    mean_difference = excluded.mean_difference,
    z_score = excluded.z_score,
    threshold = excluded.threshold,
    score = excluded.score,
    p_value = excluded.p_value,
    reference_values = excluded.reference_values,
    current_values = excluded.current_values,
    -- a drift is found when it first is one
    created_at = CASE
        WHEN excluded.drift_detected AND NOT concept_drift_results.drift_detected THEN now()
        ELSE concept_drift_results.created_at
    END
