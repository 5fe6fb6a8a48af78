-- purpose: Read the latest matured cohort of a model and of each of its segments, and the latest closed one of all rows.
-- params: task_id, segments
-- returns: basis, segment, cohort_end, predictions, outcomes, coverage, mean_lag_seconds, findings
SELECT
    'realised' AS basis,
    part.segment,
    latest.cohort_end,
    latest.predictions,
    latest.outcomes,
    latest.coverage,
    latest.mean_lag_seconds,
    latest.realised AS findings
FROM unnest(%(segments)s::text[]) AS part (segment)
CROSS JOIN
    LATERAL (
        SELECT
            result.cohort_end,
            result.predictions,
            result.outcomes,
            result.coverage,
            result.mean_lag_seconds,
            result.realised
        FROM performance_results AS result
        WHERE
            result.task_id = %(task_id)s
            AND result.segment = part.segment
            AND result.matured
        ORDER BY result.cohort_start DESC
        LIMIT 1
    ) AS latest
UNION ALL
(
    SELECT
        'estimated' AS basis,
        segment,
        cohort_end,
        predictions,
        outcomes,
        coverage,
        mean_lag_seconds,
        estimated AS findings
    FROM performance_results
    WHERE
        task_id = %(task_id)s
        AND segment = ''
        AND closed
    ORDER BY cohort_start DESC
    LIMIT 1
)
