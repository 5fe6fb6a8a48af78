-- purpose: Read what comparing the windows of a metric has found up to each value since a moment.
-- params: model_name, version, environment, metric_name, since
-- returns: current_end, reference_start, border, verdict, statistic, threshold, reference_mean, current_mean, reference_values, current_values
SELECT
    current_window_end AS current_end,
    reference_window_start AS reference_start,
    current_window_start AS border,
    verdict,
    z_score AS statistic,
    threshold,
    reference_mean,
    current_mean,
    reference_values,
    current_values
FROM concept_drift_results
WHERE
    detector = 't_test'
    AND model_name = %(model_name)s
    AND version = %(version)s
    AND environment = %(environment)s
    AND metric_name = %(metric_name)s
    AND current_window_end > %(since)s
