-- purpose: Retire every task and forget what models without one are known by: all rows that are here will be counted anew.
-- params: floor
WITH forgotten AS (
    DELETE FROM outcome_evidence
),

recounted AS (
    DELETE FROM outcome_cohorts
    WHERE cohort_start >= %(floor)s
),

forgotten_detectors AS (
    DELETE FROM concept_detectors
),

told_anew AS (
    DELETE FROM concept_drift_results
    WHERE
        task_id IS NOT NULL
        AND "timestamp" >= %(floor)s
)

UPDATE outcome_tasks
SET active = FALSE
WHERE active
