-- How well each cohort of the chosen versions did, by outcomes and by estimate, the newest first.
SELECT
    cohort_end AS cohort_to,
    metric_name AS metric,
    version,
    environment,
    realised,
    realised_lower_limit AS lower_limit,
    realised_upper_limit AS upper_limit,
    realised_verdict AS verdict,
    estimated,
    estimated_verdict,
    predictions,
    coverage,
    mean_lag_seconds AS lag,
    CASE WHEN matured THEN 'matured' ELSE 'outcomes still come' END AS state,
    coalesce(nullif(realised_reason, ''), estimated_reason) AS reason
FROM driftgauge.performance_cohorts
WHERE
    active
    AND segment = ''
    AND model_name IN (${model:sqlstring})
    AND version = ANY (ARRAY[${version:sqlstring}]::text[])
    AND environment = ANY (ARRAY[${environment:sqlstring}]::text[])
    AND $__timeFilter(cohort_start)
ORDER BY cohort_start DESC, metric_name, version, environment
LIMIT 500
