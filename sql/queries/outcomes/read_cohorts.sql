-- purpose: Read the cohorts that are about to change; those that are not there yet are left out.
-- params: task_ids, segments, starts
-- returns: place, predictions, outcomes, unusable, lag_microseconds, counts, scores
SELECT
    wanted.place,
    cohort.predictions,
    cohort.outcomes,
    cohort.unusable,
    cohort.lag_microseconds,
    cohort.counts,
    cohort.scores
FROM
    unnest(%(task_ids)s::bigint[], %(segments)s::text[], %(starts)s::timestamptz[])
    WITH ORDINALITY AS wanted (task_id, segment, cohort_start, place)
INNER JOIN outcome_cohorts AS cohort
    ON
        wanted.task_id = cohort.task_id
        AND wanted.segment = cohort.segment
        AND wanted.cohort_start = cohort.cohort_start
