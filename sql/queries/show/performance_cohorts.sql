-- purpose: List the cohorts of a model, or of one of its segments, with what was found of each metric, in order of time.
-- params: model_name, version, environment, segment, days
-- returns: version, environment, segment, task, cohort_start, cohort_end, predictions, outcomes, coverage, mean_lag_seconds, matured, matured_at, restated_at, realised, estimated
SELECT
    task.version,
    task.environment,
    result.segment,
    task.task,
    result.cohort_start,
    result.cohort_end,
    result.predictions,
    result.outcomes,
    result.coverage,
    result.mean_lag_seconds,
    result.matured,
    result.matured_at,
    result.restated_at,
    result.realised,
    result.estimated
FROM outcome_tasks AS task
INNER JOIN performance_results AS result ON task.task_id = result.task_id
WHERE
    task.model_name = %(model_name)s
    AND (%(version)s::text IS NULL OR task.version = %(version)s)
    AND (%(environment)s::text IS NULL OR task.environment = %(environment)s)
    AND result.segment = %(segment)s
    AND result.cohort_start >= date_trunc('day', now(), 'UTC') - (%(days)s::integer - 1) * INTERVAL '24 hours'
    AND result.cohort_start <= now()
ORDER BY task.version, task.environment, result.cohort_start
