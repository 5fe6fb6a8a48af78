-- purpose: Record that the cohorts of a task are judged up to a revision, until the next one closes or matures.
-- params: task_id, revision
-- returns: judged_at
UPDATE performance_marks
SET
    revision = %(revision)s,
    due_at = (
        SELECT min(result.due_at)
        FROM performance_results AS result
        WHERE result.task_id = %(task_id)s
    ),
    judged_at = clock_timestamp()
WHERE task_id = %(task_id)s
RETURNING judged_at
