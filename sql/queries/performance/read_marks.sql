-- purpose: Read how far each task is judged, up to which revision it has cohorts, and whether a cohort closes or matures.
-- returns: task_id, standard, revision, judged_at, newest, due
SELECT
    task.task_id,
    mark.standard,
    mark.revision,
    mark.judged_at,
    newest.revision AS newest,
    coalesce(mark.due_at <= now(), FALSE) AS due
FROM outcome_tasks AS task
LEFT JOIN performance_marks AS mark ON task.task_id = mark.task_id
CROSS JOIN
    LATERAL (
        SELECT max(cohort.revision) AS revision
        FROM outcome_cohorts AS cohort
        WHERE cohort.task_id = task.task_id
    ) AS newest
WHERE task.active
