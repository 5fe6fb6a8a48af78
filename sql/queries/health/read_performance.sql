-- purpose: Count the metrics of the latest matured cohort of models that were judged, and name the degraded ones.
-- params: model_names, versions, environments
-- returns: model_name, version, environment, cohort_end, judged, degraded
SELECT
    asked.model_name,
    asked.version,
    asked.environment,
    newest.cohort_end,
    found.judged,
    found.degraded
FROM
    unnest(%(model_names)s::text[], %(versions)s::text[], %(environments)s::text[])
        AS asked (model_name, version, environment)
INNER JOIN outcome_tasks AS task
    ON
        asked.model_name = task.model_name
        AND asked.version = task.version
        AND asked.environment = task.environment
        AND task.active
CROSS JOIN
    LATERAL (
        SELECT
            result.cohort_end,
            result.realised
        FROM performance_results AS result
        WHERE
            result.task_id = task.task_id
            AND result.segment = ''
            AND result.matured
        ORDER BY result.cohort_start DESC
        LIMIT 1
    ) AS newest
CROSS JOIN
    LATERAL (
        SELECT
            count(*) AS judged,
            coalesce(
                array_agg(metric.key ORDER BY metric.key) FILTER (WHERE metric.value ->> 'verdict' = 'degraded'), '{}'
            ) AS degraded
        FROM jsonb_each(newest.realised) AS metric
        WHERE metric.value ->> 'verdict' <> 'insufficient_data'
    ) AS found
