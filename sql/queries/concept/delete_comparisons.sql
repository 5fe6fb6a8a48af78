-- purpose: Delete the comparisons of a metric since a moment that end in a value which is no longer there.
-- params: model_name, version, environment, metric_name, since, ends
DELETE FROM concept_drift_results
WHERE
    detector = 't_test'
    AND model_name = %(model_name)s
    AND version = %(version)s
    AND environment = %(environment)s
    AND metric_name = %(metric_name)s
    AND current_window_end > %(since)s
    AND current_window_end <> all(%(ends)s::timestamptz[])
