-- purpose: Delete the changes that detectors told of a task from an event time on.
-- params: task_id, floor
DELETE FROM concept_drift_results
WHERE
    task_id = %(task_id)s
    AND "timestamp" >= coalesce(%(floor)s::timestamptz, '-infinity')
