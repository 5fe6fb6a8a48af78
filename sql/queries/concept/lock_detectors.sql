-- purpose: Read what the detectors of a task remember, and hold their rows.
-- params: task_id
-- returns: detector, state, first_at, last_at, warned_at, drifted_at, direction, told_at
SELECT
    detector,
    state,
    first_at,
    last_at,
    warned_at,
    drifted_at,
    direction,
    told_at
FROM concept_detectors
WHERE task_id = %(task_id)s
FOR UPDATE
