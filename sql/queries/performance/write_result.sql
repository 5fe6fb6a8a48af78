-- purpose: Put the judgement of a cohort in place of the one before.
-- params: task_id, segment, cohort_start, cohort_end, revision, standard, predictions, outcomes, coverage, mean_lag_seconds, closed, matured, matured_at, restated_at, due_at, realised, estimated, curve
INSERT INTO performance_results (
    task_id, segment, cohort_start, cohort_end, revision, standard, predictions, outcomes, coverage, mean_lag_seconds,
    closed, matured, matured_at, restated_at, due_at, realised, estimated, curve
)
VALUES (
    %(task_id)s, %(segment)s, %(cohort_start)s, %(cohort_end)s, %(revision)s, %(standard)s, %(predictions)s,
    %(outcomes)s, %(coverage)s, %(mean_lag_seconds)s, %(closed)s, %(matured)s, %(matured_at)s, %(restated_at)s,
    %(due_at)s, %(realised)s::jsonb, %(estimated)s::jsonb, %(curve)s::jsonb
)
ON CONFLICT (task_id, segment, cohort_start) DO UPDATE SET
    revision = excluded.revision,
    standard = excluded.standard,
    predictions = excluded.predictions,
    outcomes = excluded.outcomes,
    coverage = excluded.coverage,
    mean_lag_seconds = excluded.mean_lag_seconds,
    closed = excluded.closed,
    matured = excluded.matured,
    matured_at = excluded.matured_at,
    restated_at = excluded.restated_at,
    due_at = excluded.due_at,
    realised = excluded.realised,
    estimated = excluded.estimated,
    curve = excluded.curve,
    judged_at = now()
