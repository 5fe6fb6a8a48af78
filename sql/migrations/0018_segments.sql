-- The same for parts of a model's predictions: a segment is profiled and judged as its model is.
--
-- '' is all of a model's rows. Which segments there are is frozen with a reference: those with most of its rows.

ALTER TABLE reference_profiles ADD COLUMN segments text[] NOT NULL DEFAULT '{}';

ALTER TABLE reference_buckets
ADD COLUMN segment text NOT NULL DEFAULT '',
DROP CONSTRAINT reference_buckets_pkey,
ADD PRIMARY KEY (reference_id, segment, bucket_start);

ALTER TABLE profile_rollups
ADD COLUMN segment text NOT NULL DEFAULT '',
DROP CONSTRAINT profile_rollups_pkey,
ADD PRIMARY KEY (reference_id, model_name, version, environment, segment, bucket_start, bucket_width);

ALTER TABLE data_drift_results ADD COLUMN segment text NOT NULL DEFAULT '';

COMMENT ON COLUMN data_drift_results.segment IS
'empty: all rows of the model; of a segment, only features that drifted have rows';

DROP INDEX data_drift_results_one_live;

CREATE UNIQUE INDEX data_drift_results_one_live ON data_drift_results (
    model_name, version, environment, window_end, segment, feature_name, statistical_test
) WHERE replay_id IS NULL;

ALTER TABLE dataset_drift_results ADD COLUMN segment text NOT NULL DEFAULT '';

COMMENT ON COLUMN dataset_drift_results.segment IS 'empty: all rows of the model';

DROP INDEX dataset_drift_results_one_live;

CREATE UNIQUE INDEX dataset_drift_results_one_live ON dataset_drift_results (
    model_name, version, environment, segment, window_end
) WHERE replay_id IS NULL;

CREATE OR REPLACE VIEW drift_results AS
SELECT
    id,
    "timestamp",
    window_start,
    window_end,
    model_name,
    version,
    environment,
    feature_name,
    feature_kind,
    statistical_test,
    verdict,
    reason,
    effect,
    threshold,
    test_statistic,
    p_value,
    adjusted_p_value,
    rows,
    drift_detected,
    reference_id,
    replay_id,
    segment
FROM data_drift_results;

CREATE OR REPLACE VIEW dataset_drift AS
SELECT
    id,
    "timestamp",
    window_start,
    window_end,
    model_name,
    version,
    environment,
    verdict,
    reason,
    drift_detected,
    drifted_features,
    judged_features,
    drifted_share,
    drifted_weight,
    threshold,
    score,
    ranking,
    rows,
    reference_id,
    replay_id,
    segment
FROM dataset_drift_results;

CREATE OR REPLACE VIEW drift_alerts_open AS
SELECT
    drift_alerts.id,
    drift_alerts.created_at,
    drift_alerts.severity,
    drift_alerts.message,
    data_drift_results.model_name,
    data_drift_results.version,
    data_drift_results.environment,
    data_drift_results.feature_name,
    data_drift_results.statistical_test,
    data_drift_results.effect,
    data_drift_results.threshold,
    data_drift_results.p_value,
    data_drift_results.window_start,
    data_drift_results.window_end,
    data_drift_results.segment
FROM drift_alerts
INNER JOIN data_drift_results ON drift_alerts.drift_result_id = data_drift_results.id
WHERE NOT drift_alerts.acknowledged AND data_drift_results.replay_id IS NULL;

CREATE OR REPLACE VIEW reference_list AS
SELECT
    reference_id,
    model_name,
    version,
    environment,
    source,
    description,
    window_start,
    window_end,
    rows,
    active,
    created_at,
    created_by,
    segments
FROM reference_profiles;

-- As before, but for results of segments: the checks are of all of a model's rows.
CREATE OR REPLACE VIEW data_quality AS
SELECT
    model_name,
    version,
    environment,
    window_start,
    window_end,
    NULL AS feature_name,
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
