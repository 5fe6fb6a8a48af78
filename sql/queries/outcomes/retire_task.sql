-- purpose: Retire a task; its cohorts whose rows may be gone stay, as history, the others will be counted anew.
-- params: task_id, floor
WITH recounted AS (
    DELETE FROM outcome_cohorts
    WHERE
        task_id = %(task_id)s
        AND cohort_start >= coalesce(%(floor)s::timestamptz, '-infinity')
)

UPDATE outcome_tasks
SET active = FALSE
WHERE task_id = %(task_id)s
