-- purpose: Read the cohorts of a task that are not judged as they are now, by this standard, or are due, the oldest first.
-- params: task_id, revision, standard, most
-- returns: segment, cohort_start, cohort_end, revision, predictions, outcomes, unusable, lag_microseconds, counts, scores, judged_revision, judged_matured, restated_at, judged_estimated
WITH looked_at AS (
    SELECT
        segment,
        cohort_start
    FROM outcome_cohorts
    WHERE
        task_id = %(task_id)s
        AND revision > %(revision)s
    UNION
    SELECT
        segment,
        cohort_start
    FROM performance_results
    WHERE
        task_id = %(task_id)s
        AND due_at <= now()
)

SELECT
    cohort.segment,
    cohort.cohort_start,
    cohort.cohort_end,
    cohort.revision,
    cohort.predictions,
    cohort.outcomes,
    cohort.unusable,
    cohort.lag_microseconds,
    cohort.counts,
    cohort.scores,
    judged.revision AS judged_revision,
    coalesce(judged.matured, FALSE) AS judged_matured,
    judged.restated_at,
    judged.estimated AS judged_estimated
FROM looked_at
INNER JOIN outcome_cohorts AS cohort
    ON
        cohort.task_id = %(task_id)s
        AND looked_at.segment = cohort.segment
        AND looked_at.cohort_start = cohort.cohort_start
LEFT JOIN performance_results AS judged
    ON
        cohort.task_id = judged.task_id
        AND cohort.segment = judged.segment
        AND cohort.cohort_start = judged.cohort_start
WHERE
    judged.revision IS DISTINCT FROM cohort.revision
    OR judged.standard <> %(standard)s
    OR judged.due_at <= now()
ORDER BY cohort.cohort_start, cohort.segment
LIMIT %(most)s
