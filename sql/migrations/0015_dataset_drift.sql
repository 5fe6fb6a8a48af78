-- What drift means for all features of a model together: one row a judged window.

CREATE TABLE dataset_drift_results (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model_name text NOT NULL,
    version text NOT NULL,
    environment text NOT NULL,
    verdict text NOT NULL,
    reason text NOT NULL,
    drift_detected boolean NOT NULL,
    drifted_features integer NOT NULL,
    judged_features integer NOT NULL,
    drifted_share double precision,
    drifted_weight double precision,
    threshold double precision NOT NULL,
    score double precision,
    ranking jsonb NOT NULL,
    rows bigint NOT NULL,
    window_start timestamptz NOT NULL,
    window_end timestamptz NOT NULL,
    reference_id bigint REFERENCES reference_profiles ON DELETE SET NULL,
    replay_id uuid,
    "timestamp" timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT dataset_drift_results_verdict_is_known CHECK (
        verdict IN ('stable', 'drifted', 'insufficient_data', 'no_data')
    ),
    CONSTRAINT dataset_drift_results_window_has_width CHECK (window_start < window_end)
);

COMMENT ON COLUMN dataset_drift_results.drifted_weight IS 'share of the importance; NULL: no importance is known';
COMMENT ON COLUMN dataset_drift_results.ranking IS 'judged features, drifted first, then by score times importance';
COMMENT ON COLUMN dataset_drift_results.replay_id IS 'set on results of a replay, which are not exported';

-- A window judged again replaces its row.
CREATE UNIQUE INDEX dataset_drift_results_one_live ON dataset_drift_results (
    model_name, version, environment, window_end
) WHERE replay_id IS NULL;

CREATE INDEX dataset_drift_results_by_time ON dataset_drift_results ("timestamp");

-- Which version is the latest is asked of a model over a span of time.
CREATE INDEX dataset_drift_results_recent ON dataset_drift_results (model_name, "timestamp") WHERE replay_id IS NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON dataset_drift_results TO driftgauge_exporter;

CREATE VIEW dataset_drift AS
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
    replay_id
FROM dataset_drift_results;

GRANT SELECT ON dataset_drift TO driftgauge_exporter, driftgauge_grafana;
