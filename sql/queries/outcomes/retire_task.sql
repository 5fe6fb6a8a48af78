-- purpose: Retire a task; its cohorts and changes whose rows may be gone stay, as history, the others will be found anew.
-- params: task_id, floor
WITH recounted AS (
    DELETE FROM outcome_cohorts
    WHERE
        task_id = %(task_id)s
        AND cohort_start >= coalesce(%(floor)s::timestamptz, '-infinity')
),

forgotten AS (
    DELETE FROM concept_detectors
    WHERE task_id = %(task_id)s
),

told_anew AS (
    DELETE FROM concept_drift_results
    WHERE
        task_id = %(task_id)s
        AND "timestamp" >= coalesce(%(floor)s::timestamptz, '-infinity')
)

UPDATE outcome_tasks
SET active = FALSE
WHERE task_id = %(task_id)s
