-- purpose: Put the metrics of matured cohorts in place of what history has of them.
-- params: task_id, model_name, version, environment, segments, starts, ends, restated, bases, metrics, values, units, rows, errors, lower_limits, upper_limits, verdicts, reasons
INSERT INTO model_performance_history (
    model_name, version, environment, segment, task_id, cohort_start, cohort_end, "timestamp", restated_at,
    basis, metric_name, metric_value, metric_unit, rows, error, lower_limit, upper_limit, verdict, reason
)
SELECT
    %(model_name)s,
    %(version)s,
    %(environment)s,
    found.segment,
    %(task_id)s,
    found.cohort_start,
    found.cohort_end,
    found.cohort_end AS "timestamp",
    found.restated_at,
    found.basis,
    found.metric_name,
    found.metric_value,
    found.metric_unit,
    found.rows,
    found.error,
    found.lower_limit,
    found.upper_limit,
    found.verdict,
    found.reason
FROM
    unnest(
        %(segments)s::text[], %(starts)s::timestamptz[], %(ends)s::timestamptz[], %(restated)s::timestamptz[],
        %(bases)s::text[], %(metrics)s::text[], %(values)s::double precision[], %(units)s::text[],
        %(rows)s::bigint[], %(errors)s::double precision[], %(lower_limits)s::double precision[],
        %(upper_limits)s::double precision[], %(verdicts)s::text[], %(reasons)s::text[]
    ) AS found (
        segment, cohort_start, cohort_end, restated_at, basis, metric_name, metric_value, metric_unit, rows, error,
        lower_limit, upper_limit, verdict, reason
    )
ON CONFLICT (model_name, version, environment, segment, cohort_start, basis, metric_name)
WHERE cohort_start IS NOT NULL
DO UPDATE SET
    task_id = excluded.task_id,
    cohort_end = excluded.cohort_end,
    "timestamp" = excluded."timestamp",
    restated_at = excluded.restated_at,
    metric_value = excluded.metric_value,
    metric_unit = excluded.metric_unit,
    rows = excluded.rows,
    error = excluded.error,
    lower_limit = excluded.lower_limit,
    upper_limit = excluded.upper_limit,
    verdict = excluded.verdict,
    reason = excluded.reason
