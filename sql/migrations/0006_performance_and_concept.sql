-- How well models do once outcomes are known, and whether that changes.

CREATE TABLE model_performance_history (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model_name text NOT NULL,
    version text NOT NULL,
    environment text NOT NULL,
    metric_name text NOT NULL,
    metric_value double precision NOT NULL,
    metric_unit text NOT NULL DEFAULT '',
    "timestamp" timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX model_performance_history_by_name_and_time
ON model_performance_history (model_name, version, environment, metric_name, "timestamp");

CREATE TABLE concept_drift_results (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model_name text NOT NULL,
    version text NOT NULL,
    environment text NOT NULL,
    metric_name text NOT NULL,
    detector text NOT NULL DEFAULT 't_test',
    direction text,
    reference_window_start timestamptz,
    reference_window_end timestamptz,
    current_window_start timestamptz,
    current_window_end timestamptz,
    reference_mean double precision,
    current_mean double precision,
    mean_difference double precision,
    z_score double precision,
    drift_detected boolean NOT NULL,
    threshold double precision,
    "timestamp" timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON COLUMN concept_drift_results.mean_difference IS 'reference - current';
COMMENT ON COLUMN concept_drift_results.z_score IS 'the t statistic';
COMMENT ON COLUMN concept_drift_results.reference_window_start IS 'the four bounds are NULL for streaming detectors';

CREATE INDEX concept_drift_results_by_name_and_time
ON concept_drift_results (model_name, version, environment, metric_name, "timestamp");
