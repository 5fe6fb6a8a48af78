-- purpose: Forget what history has of a cohort, but for the metrics that have a value now.
-- params: model_name, version, environment, segment, cohort_start, bases, metrics
DELETE FROM model_performance_history
WHERE
    model_name = %(model_name)s
    AND version = %(version)s
    AND environment = %(environment)s
    AND segment = %(segment)s
    AND cohort_start = %(cohort_start)s
    AND (basis, metric_name) NOT IN (
        SELECT
            kept.basis,
            kept.metric_name
        FROM unnest(%(bases)s::text[], %(metrics)s::text[]) AS kept (basis, metric_name)
    )
