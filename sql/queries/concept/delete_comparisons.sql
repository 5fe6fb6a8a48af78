-- purpose: Delete the comparisons of a metric that end in values which are no longer there.
-- params: model_name, version, environment, metric_name, ends
DELETE FROM concept_drift_results
WHERE
    detector = 't_test'
    AND model_name = %(model_name)s
    AND version = %(version)s
    AND environment = %(environment)s
    AND metric_name = %(metric_name)s
    AND current_window_end = any(%(ends)s::timestamptz[])
