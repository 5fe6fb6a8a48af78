-- purpose: Read the first matured cohorts with enough outcomes, of a span of time or of all.
-- params: task_id, segment, span_start, span_end, matured_before, least_outcomes, most
-- returns: cohort_start, cohort_end, counts
SELECT
    cohort_start,
    cohort_end,
    counts
FROM outcome_cohorts
WHERE
    task_id = %(task_id)s
    AND segment = %(segment)s
    AND cohort_start >= coalesce(%(span_start)s::timestamptz, '-infinity')
    AND cohort_end <= least(%(span_end)s::timestamptz, %(matured_before)s)
    AND outcomes >= %(least_outcomes)s
ORDER BY cohort_start
LIMIT %(most)s
