-- Reasons of data quality can be told whatever the p-value: one below 1e-38 is no real, and made the whole view fail.

CREATE OR REPLACE VIEW data_quality AS
SELECT
    model_name,
    version,
    environment,
    window_start,
    window_end,
    nullif(feature_name, '') AS feature_name,
    check_name,
    verdict,
    reason,
    value,
    threshold,
    rows,
    "timestamp"
FROM data_quality_results
UNION ALL
SELECT
    model_name,
    version,
    environment,
    window_start,
    window_end,
    feature_name,
    statistical_test AS check_name,
    CASE
        WHEN drift_detected THEN 'faulty'
        WHEN verdict IN ('stable', 'drifted') AND adjusted_p_value IS NOT NULL THEN 'sound'
        ELSE 'insufficient_data'
    END AS verdict,
    CASE
        WHEN effect IS NULL OR adjusted_p_value IS NULL THEN 'not judged'
        ELSE concat(
            'by ', round(effect::numeric, 4), ' more than usual; a fault begins at ', threshold,
            ' and at p below the budget, here p ',
            CASE WHEN adjusted_p_value < 1e-30 THEN '< 1e-30' ELSE '= ' || adjusted_p_value::real END, ' corrected'
        )
    END AS reason,
    effect AS value,
    threshold,
    rows,
    "timestamp"
FROM data_drift_results
WHERE
    replay_id IS NULL
    AND segment = ''
    AND statistical_test IN ('missing_share', 'unseen_share', 'out_of_range_share', 'invalid_share');
