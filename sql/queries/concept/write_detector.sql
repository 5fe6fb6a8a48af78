-- purpose: Write what a detector of a task remembers; a drift that it has just told is told now.
-- params: task_id, detector, metric_name, reason, state, seen, score, first_at, last_at, warned_at, drifted_at, direction, told_at, tells
INSERT INTO concept_detectors (
    task_id, detector, metric_name, reason, state, seen, score, first_at, last_at, warned_at, drifted_at, direction,
    told_at
)
VALUES (
    %(task_id)s, %(detector)s, %(metric_name)s, %(reason)s, %(state)s::json, %(seen)s, %(score)s, %(first_at)s,
    %(last_at)s, %(warned_at)s, %(drifted_at)s, %(direction)s,
    CASE WHEN %(tells)s THEN now() ELSE %(told_at)s::timestamptz END
)
ON CONFLICT (task_id, detector) DO UPDATE SET
    metric_name = excluded.metric_name,
    reason = excluded.reason,
    state = excluded.state,
    seen = excluded.seen,
    score = excluded.score,
    first_at = excluded.first_at,
    last_at = excluded.last_at,
    warned_at = excluded.warned_at,
    drifted_at = excluded.drifted_at,
    direction = excluded.direction,
    told_at = excluded.told_at,
    updated_at = now()
