-- Concept drift: detectors that follow the errors of a model pair by pair, and windows of a metric that are compared.

-- What a detector remembers of a task's errors. It moves in the transaction that counts the pairs, so that it sees each
-- once. The state is of the type json, which keeps numbers as they were written: jsonb would write 1e22 out.
CREATE TABLE concept_detectors (
    task_id bigint NOT NULL REFERENCES outcome_tasks ON DELETE CASCADE,
    detector text NOT NULL,
    metric_name text NOT NULL,
    reason text NOT NULL DEFAULT '',
    state json,
    seen bigint NOT NULL DEFAULT 0,
    score double precision,
    first_at timestamptz,
    last_at timestamptz,
    warned_at timestamptz,
    drifted_at timestamptz,
    direction text,
    told_at timestamptz,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (task_id, detector)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);

COMMENT ON COLUMN concept_detectors.reason IS 'why it does not watch, or not yet; empty: it does';
COMMENT ON COLUMN concept_detectors.seen IS 'errors taken since it began';
COMMENT ON COLUMN concept_detectors.score IS 'how much of the way to a drift they have gone: from 1 on it is one';
COMMENT ON COLUMN concept_detectors.first_at IS 'like all but told_at and updated_at, the event time of a prediction';
COMMENT ON COLUMN concept_detectors.drifted_at IS 'the last drift, direction its own';
COMMENT ON COLUMN concept_detectors.told_at IS 'when that drift was found, by the clock';

ALTER TABLE concept_drift_results
ADD COLUMN verdict text,
ADD COLUMN score double precision,
ADD COLUMN p_value double precision,
ADD COLUMN reference_values bigint,
ADD COLUMN current_values bigint,
ADD COLUMN task_id bigint REFERENCES outcome_tasks ON DELETE SET NULL,
ADD COLUMN seen bigint,
ADD CONSTRAINT concept_drift_results_verdict_is_known CHECK (
    verdict IN ('stable', 'warning', 'drifted', 'insufficient_data', 'no_data')
);

COMMENT ON COLUMN concept_drift_results.direction IS 'up or down: which way the values went';
COMMENT ON COLUMN concept_drift_results.score IS 'the statistic by its threshold: from 1 on it is a drift';
COMMENT ON COLUMN concept_drift_results.z_score IS 'the t statistic, or that of a detector, in its own unit';
COMMENT ON COLUMN concept_drift_results.threshold IS 'alpha of the t test, or from where on the statistic is a drift';
COMMENT ON COLUMN concept_drift_results.task_id IS 'whose errors a detector followed; NULL of the t test';
COMMENT ON COLUMN concept_drift_results.seen IS 'errors that the detector had taken, this one included';
COMMENT ON COLUMN concept_drift_results."timestamp" IS 'event time of the newest value';

-- A metric whose history is restated is compared anew: one result for its values up to a moment.
CREATE UNIQUE INDEX concept_drift_results_one_a_value ON concept_drift_results (
    model_name, version, environment, metric_name, current_window_end
) WHERE detector = 't_test';

CREATE INDEX concept_drift_results_by_task ON concept_drift_results (task_id, "timestamp") WHERE task_id IS NOT NULL;
CREATE INDEX concept_drift_results_by_time ON concept_drift_results ("timestamp");
-- Outcomes come late, and what follows from them is news when it is found. The index by event time served no other query.
DROP INDEX concept_drift_results_drifted;
CREATE INDEX concept_drift_results_told ON concept_drift_results (model_name, created_at) WHERE drift_detected;

CREATE INDEX model_performance_history_by_time ON model_performance_history ("timestamp");

GRANT SELECT, INSERT, UPDATE, DELETE ON concept_detectors TO driftgauge_exporter;

CREATE VIEW concept_drift AS
SELECT
    id,
    "timestamp",
    model_name,
    version,
    environment,
    metric_name,
    detector,
    verdict,
    direction,
    drift_detected,
    score,
    z_score,
    threshold,
    p_value,
    reference_mean,
    current_mean,
    mean_difference,
    reference_values,
    current_values,
    reference_window_start,
    reference_window_end,
    current_window_start,
    current_window_end,
    created_at
FROM concept_drift_results;

CREATE VIEW concept_detector_states AS
SELECT
    task.model_name,
    task.version,
    task.environment,
    detector.detector,
    detector.metric_name,
    detector.reason,
    detector.seen,
    detector.score,
    detector.first_at,
    detector.last_at,
    detector.warned_at,
    detector.drifted_at,
    detector.direction,
    detector.told_at,
    detector.updated_at
FROM concept_detectors AS detector
INNER JOIN outcome_tasks AS task ON detector.task_id = task.task_id
WHERE task.active;

GRANT SELECT ON concept_drift, concept_detector_states TO driftgauge_exporter, driftgauge_grafana;
