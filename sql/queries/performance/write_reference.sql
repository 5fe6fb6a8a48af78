-- purpose: Keep what was learned of a reference; the results of its part are to be judged by it.
-- params: task_id, segment, basis, window_start, window_end, cohorts, rows, bands, estimator, estimator_reason
WITH outdated AS (
    UPDATE performance_results
    SET standard = ''
    WHERE
        task_id = %(task_id)s
        AND segment = %(segment)s
),

unfinished AS (
    UPDATE performance_marks
    SET revision = -1
    WHERE task_id = %(task_id)s
)

INSERT INTO performance_references (
    task_id, segment, basis, window_start, window_end, cohorts, rows, bands, estimator, estimator_reason
)
VALUES (
    %(task_id)s, %(segment)s, %(basis)s, %(window_start)s, %(window_end)s, %(cohorts)s, %(rows)s, %(bands)s::jsonb,
    %(estimator)s::jsonb, %(estimator_reason)s
)
