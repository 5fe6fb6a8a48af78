-- purpose: Put a cohort in place of what is kept of it; of empty counts and scores, those that are kept stay unwritten.
-- params: task_id, segment, cohort_start, cohort_end, predictions, outcomes, unusable, lag_microseconds, counts, scores, revision
INSERT INTO outcome_cohorts AS kept (
    task_id, segment, cohort_start, cohort_end,
    predictions, outcomes, unusable, lag_microseconds, counts, scores, revision
)
VALUES (
    %(task_id)s, %(segment)s, %(cohort_start)s, %(cohort_end)s,
    %(predictions)s, %(outcomes)s, %(unusable)s, %(lag_microseconds)s, %(counts)s, %(scores)s, %(revision)s
)
ON CONFLICT (task_id, segment, cohort_start) DO UPDATE SET
    predictions = excluded.predictions,
    outcomes = excluded.outcomes,
    unusable = excluded.unusable,
    lag_microseconds = excluded.lag_microseconds,
    counts = CASE excluded.counts WHEN '' THEN kept.counts ELSE excluded.counts END,
    scores = CASE excluded.scores WHEN '' THEN kept.scores ELSE excluded.scores END,
    revision = excluded.revision
