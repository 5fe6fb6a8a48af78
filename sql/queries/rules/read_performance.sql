-- purpose: Read the scores of the newest cohorts of models: realised of one that matured, estimated of one that closed, since a moment.
-- params: model_names, versions, environments, since
-- returns: model_name, version, environment, basis, scores
SELECT
    asked.model_name,
    asked.version,
    asked.environment,
    newest.basis,
    newest.scores
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
        (
            SELECT
                'realised' AS basis,
                result.realised AS scores
            FROM performance_results AS result
            WHERE
                result.task_id = task.task_id
                AND result.segment = ''
                AND result.matured
                AND result.matured_at > %(since)s
            ORDER BY result.cohort_start DESC
            LIMIT 1
        )
        UNION ALL
        (
            SELECT
                'estimated' AS basis,
                result.estimated AS scores
            FROM performance_results AS result
            WHERE
                result.task_id = task.task_id
                AND result.segment = ''
                AND result.closed
                AND result.cohort_end > %(since)s
                AND result.estimated <> '{}'
            ORDER BY result.cohort_start DESC
            LIMIT 1
        )
    ) AS newest
