-- Whether rows are sound as data: one row a check and bucket. What is missing, unseen, out of range or of another type
-- is a result of its feature in data_drift_results.

CREATE TABLE data_quality_results (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model_name text NOT NULL,
    version text NOT NULL,
    environment text NOT NULL,
    check_name text NOT NULL,
    verdict text NOT NULL,
    reason text NOT NULL,
    value double precision NOT NULL,
    expected double precision,
    threshold double precision,
    rows bigint NOT NULL,
    window_start timestamptz NOT NULL,
    window_end timestamptz NOT NULL,
    "timestamp" timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT data_quality_results_verdict_is_known CHECK (verdict IN ('sound', 'faulty', 'insufficient_data')),
    CONSTRAINT data_quality_results_window_has_width CHECK (window_start < window_end)
);

COMMENT ON COLUMN data_quality_results.value IS 'a share of rows, or seconds of silence; so are expected and threshold';

CREATE UNIQUE INDEX data_quality_results_one_a_window ON data_quality_results (
    model_name, version, environment, check_name, window_end
);

CREATE INDEX data_quality_results_by_time ON data_quality_results ("timestamp");

GRANT SELECT, INSERT, UPDATE, DELETE ON data_quality_results TO driftgauge_exporter;

-- Every verdict on data quality in one place: of features, and of rows.
CREATE VIEW data_quality AS
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
    AND statistical_test IN ('missing_share', 'unseen_share', 'out_of_range_share', 'invalid_share');

GRANT SELECT ON data_quality TO driftgauge_exporter, driftgauge_grafana;
