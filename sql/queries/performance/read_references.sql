-- purpose: Read what the cohorts of a task and its segments are held against.
-- params: task_id
-- returns: segment, window_start, window_end, cohorts, rows, bands, estimator, estimator_reason
SELECT
    segment,
    window_start,
    window_end,
    cohorts,
    rows,
    bands,
    estimator,
    estimator_reason
FROM performance_references
WHERE task_id = %(task_id)s
