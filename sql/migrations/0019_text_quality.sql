-- Checks of data quality that are of one feature: how distinct the values of a free text are. A check of rows has no
-- feature, and '' stands for that, because a unique index of Postgres 14 takes NULLs for different.

ALTER TABLE data_quality_results ADD COLUMN feature_name text NOT NULL DEFAULT '';

COMMENT ON COLUMN data_quality_results.feature_name IS 'empty for checks of rows';

DROP INDEX data_quality_results_one_a_window;

CREATE UNIQUE INDEX data_quality_results_one_a_window ON data_quality_results (
    model_name, version, environment, check_name, feature_name, window_end
);

-- One model has up to twenty rows a bucket more: questions about it no longer go through those of all models.
CREATE INDEX data_quality_results_recent ON data_quality_results (model_name, "timestamp");

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
            ' and at p below the budget, here p = ', adjusted_p_value::real, ' corrected'
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
