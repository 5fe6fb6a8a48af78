-- purpose: Delete old cohorts with what was judged of them, and the history of performance that is as old.
-- params: before
WITH of_cohorts AS (
    DELETE FROM outcome_cohorts
    WHERE cohort_start < %(before)s
)

DELETE FROM model_performance_history
WHERE "timestamp" < %(before)s
