-- purpose: Forget the history of cohorts that the model's new task counts anew.
-- params: task_id, model_name, version, environment
DELETE FROM model_performance_history AS history
WHERE
    history.model_name = %(model_name)s
    AND history.version = %(version)s
    AND history.environment = %(environment)s
    AND history.cohort_start IS NOT NULL
    AND history.task_id <> %(task_id)s
    AND NOT EXISTS (
        SELECT FROM outcome_cohorts AS cohort
        WHERE
            cohort.task_id = history.task_id
            AND cohort.segment = history.segment
            AND cohort.cohort_start = history.cohort_start
    )
