-- How well each cohort of predictions did, and was estimated to do, held against limits or against a reference's cohorts.

-- What a model's cohorts, or those of one of its segments, are held against; fitted once for all exporters.
CREATE TABLE performance_references (
    performance_reference_id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    task_id bigint NOT NULL REFERENCES outcome_tasks ON DELETE CASCADE,
    segment text NOT NULL DEFAULT '',
    basis text NOT NULL,
    window_start timestamptz NOT NULL,
    window_end timestamptz NOT NULL,
    cohorts integer NOT NULL,
    rows bigint NOT NULL,
    bands jsonb NOT NULL,
    estimator jsonb,
    estimator_reason text NOT NULL,
    fitted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (task_id, segment)
);

COMMENT ON COLUMN performance_references.basis IS 'of the configuration it was fitted by; another fits anew';
COMMENT ON COLUMN performance_references.estimator_reason IS 'why nothing is estimated';

-- How far each task is judged: all cohorts up to a revision, by one standard, until the next one closes or matures.
CREATE TABLE performance_marks (
    task_id bigint PRIMARY KEY REFERENCES outcome_tasks ON DELETE CASCADE,
    standard text NOT NULL,
    revision bigint NOT NULL DEFAULT -1,
    due_at timestamptz,
    judged_at timestamptz
);

COMMENT ON COLUMN performance_marks.standard IS 'of the configuration it is judged by; another judges all anew';
COMMENT ON COLUMN performance_marks.revision IS '-1: every cohort is looked at';

CREATE TABLE performance_results (
    task_id bigint NOT NULL,
    segment text NOT NULL,
    cohort_start timestamptz NOT NULL,
    cohort_end timestamptz NOT NULL,
    revision bigint NOT NULL,
    standard text NOT NULL,
    predictions bigint NOT NULL,
    outcomes bigint NOT NULL,
    coverage double precision,
    mean_lag_seconds double precision,
    closed boolean NOT NULL,
    matured boolean NOT NULL,
    matured_at timestamptz,
    restated_at timestamptz,
    due_at timestamptz,
    realised jsonb NOT NULL,
    estimated jsonb NOT NULL,
    curve jsonb NOT NULL,
    judged_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (task_id, segment, cohort_start),
    FOREIGN KEY (task_id, segment, cohort_start) REFERENCES outcome_cohorts ON DELETE CASCADE
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);

COMMENT ON COLUMN performance_results.segment IS 'empty: all rows of the model';
COMMENT ON COLUMN performance_results.coverage IS 'outcomes / predictions';
COMMENT ON COLUMN performance_results.restated_at IS 'when it last changed after it had matured';
COMMENT ON COLUMN performance_results.due_at IS 'when it closes or matures, and is judged again';
COMMENT ON COLUMN performance_results.curve IS 'of a classifier of two classes: [mean score, share of positives, rows]';

CREATE INDEX performance_results_due ON performance_results (task_id, due_at) WHERE due_at IS NOT NULL;

CREATE INDEX outcome_tasks_by_model ON outcome_tasks (model_name, version, environment);

-- One row a metric and matured cohort; what others wrote here has no cohort.
ALTER TABLE model_performance_history
ADD COLUMN basis text NOT NULL DEFAULT 'realised',
ADD COLUMN segment text NOT NULL DEFAULT '',
ADD COLUMN task_id bigint,
ADD COLUMN cohort_start timestamptz,
ADD COLUMN cohort_end timestamptz,
ADD COLUMN rows bigint,
ADD COLUMN error double precision,
ADD COLUMN lower_limit double precision,
ADD COLUMN upper_limit double precision,
ADD COLUMN verdict text,
ADD COLUMN reason text,
ADD COLUMN restated_at timestamptz,
ADD CONSTRAINT model_performance_history_basis_is_known CHECK (basis IN ('realised', 'estimated'));

COMMENT ON COLUMN model_performance_history.error IS 'the sampling error of metric_value';
COMMENT ON COLUMN model_performance_history.restated_at IS 'when it last changed after its cohort had matured';

CREATE UNIQUE INDEX model_performance_history_one_a_cohort ON model_performance_history (
    model_name, version, environment, segment, cohort_start, basis, metric_name
) WHERE cohort_start IS NOT NULL;

CREATE VIEW performance_cohorts AS
SELECT
    task.model_name,
    task.version,
    task.environment,
    task.task,
    task.active,
    result.segment,
    result.cohort_start,
    result.cohort_end,
    result.predictions,
    result.outcomes,
    result.coverage,
    result.mean_lag_seconds,
    result.matured,
    result.matured_at,
    result.restated_at,
    metric.key AS metric_name,
    metric.value ->> 'unit' AS metric_unit,
    (metric.value ->> 'value')::double precision AS realised,
    (metric.value ->> 'error')::double precision AS realised_error,
    (metric.value ->> 'rows')::bigint AS realised_rows,
    (metric.value ->> 'lower')::double precision AS realised_lower_limit,
    (metric.value ->> 'upper')::double precision AS realised_upper_limit,
    metric.value ->> 'verdict' AS realised_verdict,
    metric.value ->> 'reason' AS realised_reason,
    (estimate.value ->> 'value')::double precision AS estimated,
    (estimate.value ->> 'error')::double precision AS estimated_error,
    (estimate.value ->> 'low')::double precision AS estimated_low,
    (estimate.value ->> 'high')::double precision AS estimated_high,
    (estimate.value ->> 'lower')::double precision AS estimated_lower_limit,
    (estimate.value ->> 'upper')::double precision AS estimated_upper_limit,
    estimate.value ->> 'verdict' AS estimated_verdict,
    estimate.value ->> 'reason' AS estimated_reason
FROM performance_results AS result
INNER JOIN outcome_tasks AS task ON result.task_id = task.task_id
CROSS JOIN LATERAL jsonb_each(result.realised) AS metric
LEFT JOIN LATERAL (SELECT result.estimated -> metric.key AS value) AS estimate ON TRUE;

COMMENT ON COLUMN performance_cohorts.realised IS 'from the outcomes so far';
COMMENT ON COLUMN performance_cohorts.estimated_low IS 'where the realised value should lie, up to estimated_high';
COMMENT ON COLUMN performance_cohorts.active IS 'false: of a definition of the task that another has replaced';

CREATE VIEW reliability_curve AS
SELECT
    task.model_name,
    task.version,
    task.environment,
    result.segment,
    result.cohort_start,
    result.cohort_end,
    result.matured,
    point.place::integer AS bin,
    (point.value ->> 0)::double precision AS mean_score,
    (point.value ->> 1)::double precision AS positive_share,
    (point.value ->> 2)::bigint AS rows
FROM performance_results AS result
INNER JOIN outcome_tasks AS task ON result.task_id = task.task_id
CROSS JOIN LATERAL jsonb_array_elements(result.curve) WITH ORDINALITY AS point (value, place);

GRANT SELECT, INSERT, UPDATE, DELETE ON
performance_references, performance_marks, performance_results
TO driftgauge_exporter;
GRANT SELECT ON performance_cohorts, reliability_curve TO driftgauge_exporter, driftgauge_grafana;
