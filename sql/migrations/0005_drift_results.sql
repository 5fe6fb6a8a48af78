-- What drift tests found, feature by feature, and the alerts that follow from it.

CREATE TABLE data_drift_results (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model_name text NOT NULL,
    version text NOT NULL,
    environment text NOT NULL,
    feature_name text NOT NULL,
    feature_kind text,
    reference_distribution jsonb,
    current_distribution jsonb,
    statistical_test text NOT NULL,
    test_statistic double precision,
    p_value double precision,
    adjusted_p_value double precision,
    effect double precision,
    threshold double precision,
    drift_detected boolean NOT NULL,
    verdict text NOT NULL,
    reason text NOT NULL DEFAULT '',
    rows bigint,
    window_start timestamptz,
    window_end timestamptz,
    reference_id bigint REFERENCES reference_profiles ON DELETE SET NULL,
    replay_id uuid,
    "timestamp" timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT data_drift_results_kind_is_known CHECK (feature_kind IN ('numeric', 'categorical')),
    CONSTRAINT data_drift_results_verdict_is_known CHECK (
        verdict IN ('stable', 'drifted', 'insufficient_data', 'no_data')
    ),
    CONSTRAINT data_drift_results_p_value_is_a_probability CHECK (p_value BETWEEN 0 AND 1),
    CONSTRAINT data_drift_results_adjusted_p_value_is_a_probability CHECK (adjusted_p_value BETWEEN 0 AND 1),
    CONSTRAINT data_drift_results_window_has_width CHECK (window_start < window_end)
);

COMMENT ON COLUMN data_drift_results.effect IS 'the drift score: 0 = none, larger = more; in the unit of threshold';
COMMENT ON COLUMN data_drift_results.replay_id IS 'set on results of a replay, which are neither exported nor alerted';

-- A window judged again replaces its row.
CREATE UNIQUE INDEX data_drift_results_one_live ON data_drift_results (
    model_name, version, environment, feature_name, statistical_test, window_end
) WHERE replay_id IS NULL;

CREATE INDEX data_drift_results_by_time ON data_drift_results ("timestamp");
CREATE INDEX data_drift_results_by_replay ON data_drift_results (replay_id) WHERE replay_id IS NOT NULL;

CREATE TABLE drift_alerts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    drift_result_id bigint NOT NULL UNIQUE REFERENCES data_drift_results ON DELETE CASCADE,
    severity text NOT NULL,
    message text NOT NULL,
    acknowledged boolean NOT NULL DEFAULT FALSE,
    acknowledged_at timestamptz,
    acknowledged_by text,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT drift_alerts_severity_is_known CHECK (severity IN ('high', 'medium'))
);

CREATE INDEX drift_alerts_by_time ON drift_alerts (created_at);
