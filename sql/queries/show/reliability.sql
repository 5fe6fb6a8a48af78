-- purpose: Read the reliability curve of the newest cohort of a model that has one, a matured one first.
-- params: model_name, version, environment, days
-- returns: version, environment, cohort_start, cohort_end, matured, curve
SELECT DISTINCT ON (task.version, task.environment)
    task.version,
    task.environment,
    result.cohort_start,
    result.cohort_end,
    result.matured,
    result.curve
FROM outcome_tasks AS task
INNER JOIN performance_results AS result ON task.task_id = result.task_id
WHERE
    task.model_name = %(model_name)s
    AND (%(version)s::text IS NULL OR task.version = %(version)s)
    AND (%(environment)s::text IS NULL OR task.environment = %(environment)s)
    AND result.segment = ''
    AND result.curve <> '[]'::jsonb
    AND result.cohort_start >= date_trunc('day', now(), 'UTC') - (%(days)s::integer - 1) * INTERVAL '24 hours'
    AND result.cohort_start <= now()
ORDER BY task.version ASC, task.environment ASC, result.matured DESC, result.cohort_start DESC
