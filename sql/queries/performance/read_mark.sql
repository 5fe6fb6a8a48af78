-- purpose: Read how far a task is judged, and up to which revision it has cohorts.
-- params: task_id
-- returns: task_id, standard, revision, judged_at, newest, due
SELECT
    task.task_id,
    mark.standard,
    mark.revision,
    mark.judged_at,
    (
        SELECT max(cohort.revision)
        FROM outcome_cohorts AS cohort
        WHERE cohort.task_id = task.task_id
    ) AS newest,
    coalesce(mark.due_at <= now(), FALSE) AS due
FROM outcome_tasks AS task
LEFT JOIN performance_marks AS mark ON task.task_id = mark.task_id
WHERE
    task.task_id = %(task_id)s
    AND task.active
