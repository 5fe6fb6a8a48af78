-- Attributions (SHAP values, LIME weights) rolled up exactly once into profiles, and whether the reasoning drifts.
--
-- ingest_seq orders the rows by arrival, as that of prediction_logs does: drawn by the default, once the row's transaction
-- has locked the table, so writers get no right to set it, nor when their rows came. Rows that are here are numbered now:
-- services that log explanations wait meanwhile.

CREATE SEQUENCE shap_values_ingest_seq AS bigint CACHE 1;
CREATE SEQUENCE lime_explanations_ingest_seq AS bigint CACHE 1;

ALTER TABLE shap_values
ADD COLUMN ingest_seq bigint NOT NULL DEFAULT nextval('shap_values_ingest_seq'),
ALTER COLUMN created_at SET DEFAULT clock_timestamp();
ALTER TABLE lime_explanations
ADD COLUMN ingest_seq bigint NOT NULL DEFAULT nextval('lime_explanations_ingest_seq'),
ALTER COLUMN created_at SET DEFAULT clock_timestamp();

ALTER SEQUENCE shap_values_ingest_seq OWNED BY shap_values.ingest_seq;
ALTER SEQUENCE lime_explanations_ingest_seq OWNED BY lime_explanations.ingest_seq;

CREATE INDEX shap_values_by_arrival ON shap_values (ingest_seq);
CREATE INDEX lime_explanations_by_arrival ON lime_explanations (ingest_seq);

REVOKE INSERT ON shap_values, lime_explanations FROM driftgauge_writer;
GRANT INSERT (
    id, prediction_id, model_name, version, environment, feature_name, shap_value, feature_value, base_value,
    "timestamp"
) ON shap_values TO driftgauge_writer;
GRANT INSERT (
    id, prediction_id, model_name, version, environment, feature_name, weight, feature_value, "timestamp"
) ON lime_explanations TO driftgauge_writer;
GRANT USAGE ON SEQUENCE shap_values_ingest_seq, lime_explanations_ingest_seq TO driftgauge_writer;
GRANT SELECT ON SEQUENCE shap_values_ingest_seq, lime_explanations_ingest_seq TO driftgauge_exporter;

-- What a model's reasoning was: the bins of its attributions, and their profiles. One serves every version, so that a
-- new version is held against the reasoning that was known before it.
CREATE TABLE attribution_references (
    reference_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model_name text NOT NULL,
    environment text NOT NULL,
    explanation_type text NOT NULL,
    source text NOT NULL,
    description text NOT NULL,
    layout jsonb NOT NULL,
    predictions bigint NOT NULL,
    last_seq bigint NOT NULL,
    window_start timestamptz NOT NULL,
    window_end timestamptz NOT NULL,
    active boolean NOT NULL DEFAULT TRUE,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT attribution_references_type_is_known CHECK (explanation_type IN ('shap', 'lime')),
    CONSTRAINT attribution_references_source_is_known CHECK (source IN ('time_range', 'automatic'))
);

COMMENT ON COLUMN attribution_references.predictions IS 'that were explained';
COMMENT ON COLUMN attribution_references.last_seq IS 'up to where attributions were looked at when it was frozen';

CREATE UNIQUE INDEX attribution_references_one_active
ON attribution_references (model_name, environment, explanation_type) WHERE active;

CREATE TABLE attribution_buckets (
    reference_id bigint NOT NULL REFERENCES attribution_references ON DELETE CASCADE,
    bucket_start timestamptz NOT NULL,
    bucket_width interval NOT NULL,
    rows bigint NOT NULL,
    profile bytea NOT NULL,
    PRIMARY KEY (reference_id, bucket_start)
);

COMMENT ON COLUMN attribution_buckets.rows IS 'attributions: one a prediction and feature';

CREATE TABLE attribution_rollups (
    reference_id bigint NOT NULL REFERENCES attribution_references ON DELETE CASCADE,
    model_name text NOT NULL,
    version text NOT NULL,
    environment text NOT NULL,
    bucket_start timestamptz NOT NULL,
    bucket_width interval NOT NULL,
    rows bigint NOT NULL,
    profile bytea NOT NULL,
    changed_seq bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (reference_id, model_name, version, environment, bucket_start, bucket_width)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);

COMMENT ON COLUMN attribution_rollups.rows IS 'attributions: one a prediction and feature';

ALTER TABLE attribution_buckets ALTER COLUMN profile SET STORAGE EXTERNAL;
ALTER TABLE attribution_rollups ALTER COLUMN profile SET STORAGE EXTERNAL;

CREATE INDEX attribution_rollups_by_time ON attribution_rollups (bucket_start);

-- Attributions of features that the reference has not: '' are those of all further names where there are very many.
CREATE TABLE attribution_strangers (
    reference_id bigint NOT NULL REFERENCES attribution_references ON DELETE CASCADE,
    model_name text NOT NULL,
    version text NOT NULL,
    environment text NOT NULL,
    feature_name text NOT NULL,
    day timestamptz NOT NULL,
    rows bigint NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (reference_id, model_name, version, environment, day, feature_name)
);

CREATE INDEX attribution_strangers_by_time ON attribution_strangers (day);

-- Users know the first columns; the others tell why.
ALTER TABLE explainability_drift_results
ADD COLUMN explanation_type text NOT NULL DEFAULT 'shap',
ADD COLUMN verdict text,
ADD COLUMN reason text NOT NULL DEFAULT '',
ADD COLUMN rows bigint,
ADD COLUMN score double precision,
ADD COLUMN reference_mean_magnitude double precision,
ADD COLUMN current_mean_magnitude double precision,
ADD COLUMN reference_deviation double precision,
ADD COLUMN current_deviation double precision,
ADD COLUMN reference_positive_share double precision,
ADD COLUMN current_positive_share double precision,
ADD COLUMN sign_flip_rate double precision,
ADD COLUMN reference_rank integer,
ADD COLUMN current_rank integer,
ADD COLUMN state text,
ADD COLUMN tests jsonb NOT NULL DEFAULT '[]',
ADD COLUMN reference_distribution jsonb,
ADD COLUMN current_distribution jsonb,
ADD COLUMN window_start timestamptz,
ADD COLUMN window_end timestamptz,
ADD COLUMN reference_id bigint REFERENCES attribution_references ON DELETE SET NULL,
ADD CONSTRAINT explainability_drift_results_verdict_is_known CHECK (
    verdict IN ('stable', 'drifted', 'insufficient_data', 'no_data')
),
ADD CONSTRAINT explainability_drift_results_state_is_known CHECK (
    state IN ('unchanged', 'inputs_changed', 'reasoning_changed', 'both_changed')
);

COMMENT ON COLUMN explainability_drift_results.reference_shap_mean IS 'of any explanation: with its sign';
COMMENT ON COLUMN explainability_drift_results.shap_mean_difference IS 'how far the means lie apart, without a sign';
COMMENT ON COLUMN explainability_drift_results.score IS 'in the unit of threshold; at it there may be drift';
COMMENT ON COLUMN explainability_drift_results.reference_mean_magnitude IS 'of the absolute values: the importance';
COMMENT ON COLUMN explainability_drift_results.reference_positive_share IS 'of the attributions that are not 0';
COMMENT ON COLUMN explainability_drift_results.sign_flip_rate IS 'how far the positive shares lie apart';
COMMENT ON COLUMN explainability_drift_results.state IS 'NULL: the reasoning, or the inputs, could not be judged';

-- A window judged again replaces its rows.
CREATE UNIQUE INDEX explainability_drift_results_one_live ON explainability_drift_results (
    model_name, version, environment, explanation_type, window_end, feature_name
) WHERE window_end IS NOT NULL;

CREATE INDEX explainability_drift_results_by_time ON explainability_drift_results ("timestamp");

-- The features of a window together.
CREATE TABLE explanation_drift_summaries (
    model_name text NOT NULL,
    version text NOT NULL,
    environment text NOT NULL,
    explanation_type text NOT NULL,
    window_start timestamptz NOT NULL,
    window_end timestamptz NOT NULL,
    reference_id bigint REFERENCES attribution_references ON DELETE SET NULL,
    verdict text NOT NULL,
    reason text NOT NULL,
    state text,
    sentence text NOT NULL,
    inputs_verdict text,
    inputs_window_end timestamptz,
    explained_predictions bigint NOT NULL,
    drifted_features integer NOT NULL,
    judged_features integer NOT NULL,
    ndcg double precision,
    ndcg_threshold double precision NOT NULL,
    ndcg_by_chance double precision,
    spearman double precision,
    kendall double precision,
    appeared text[] NOT NULL,
    vanished text[] NOT NULL,
    "timestamp" timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (model_name, version, environment, explanation_type, window_end),
    CONSTRAINT explanation_drift_summaries_verdict_is_known CHECK (
        verdict IN ('stable', 'drifted', 'insufficient_data', 'no_data')
    ),
    CONSTRAINT explanation_drift_summaries_state_is_known CHECK (
        state IN ('unchanged', 'inputs_changed', 'reasoning_changed', 'both_changed')
    )
);

COMMENT ON COLUMN explanation_drift_summaries.sentence IS 'the state in words, and what could not be judged';
COMMENT ON COLUMN explanation_drift_summaries.inputs_verdict IS 'NULL: no window of the inputs was judged';
COMMENT ON COLUMN explanation_drift_summaries.ndcg_by_chance IS 'what it would not fall below by chance';
COMMENT ON COLUMN explanation_drift_summaries.appeared IS 'features that the reference has not';

CREATE INDEX explanation_drift_summaries_by_time ON explanation_drift_summaries ("timestamp");
CREATE INDEX explanation_drift_summaries_recent ON explanation_drift_summaries (model_name, "timestamp");

-- As before; attributions, too, stay until they are rolled up.
CREATE OR REPLACE FUNCTION droppable_logs(floor_time timestamptz)
RETURNS TABLE (parent regclass, before timestamptz, counted bigint)
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $$
    SELECT
        p.partrelid::regclass,
        CASE p.partrelid WHEN 'prediction_outcomes'::regclass THEN floor_time - INTERVAL '168 hours' ELSE floor_time END,
        CASE p.partrelid
            WHEN 'prediction_logs'::regclass THEN least(coalesce(rollup.ingest_seq, 0), outcomes.predictions_seq)
            WHEN 'prediction_outcomes'::regclass THEN outcomes.ingest_seq
            WHEN 'shap_values'::regclass THEN coalesce(shap.ingest_seq, 0)
            WHEN 'lime_explanations'::regclass THEN coalesce(lime.ingest_seq, 0)
        END
    FROM pg_partitioned_table AS p
    INNER JOIN pg_class AS c ON p.partrelid = c.oid
    LEFT JOIN watermarks AS rollup ON rollup.job = 'rollup'
    LEFT JOIN watermarks AS outcomes ON outcomes.job = 'outcomes'
    LEFT JOIN watermarks AS shap ON shap.job = 'shap_values'
    LEFT JOIN watermarks AS lime ON lime.job = 'lime_explanations'
    WHERE c.relnamespace = quote_ident(current_schema())::regnamespace
$$;

GRANT SELECT, INSERT, UPDATE, DELETE ON
attribution_references, attribution_buckets, attribution_rollups, attribution_strangers, explanation_drift_summaries
TO driftgauge_exporter;

-- Both logs as one, told apart by the type.
CREATE VIEW attributions AS
SELECT
    'shap' AS explanation_type,
    ingest_seq,
    prediction_id,
    model_name,
    version,
    environment,
    feature_name,
    shap_value AS value,
    "timestamp",
    created_at
FROM shap_values
UNION ALL
SELECT
    'lime' AS explanation_type,
    ingest_seq,
    prediction_id,
    model_name,
    version,
    environment,
    feature_name,
    weight AS value,
    "timestamp",
    created_at
FROM lime_explanations;

GRANT SELECT ON attributions TO driftgauge_exporter;

CREATE VIEW explanation_drift AS
SELECT
    id,
    "timestamp",
    window_start,
    window_end,
    model_name,
    version,
    environment,
    explanation_type,
    feature_name,
    verdict,
    reason,
    state,
    score,
    threshold,
    drift_detected,
    rows,
    reference_shap_mean AS reference_mean,
    current_shap_mean AS current_mean,
    shap_mean_difference AS mean_difference,
    reference_mean_magnitude,
    current_mean_magnitude,
    reference_deviation,
    current_deviation,
    reference_positive_share,
    current_positive_share,
    sign_flip_rate,
    reference_rank,
    current_rank,
    reference_distribution,
    current_distribution,
    reference_id
FROM explainability_drift_results;

CREATE VIEW explanation_states AS
SELECT
    "timestamp",
    window_start,
    window_end,
    model_name,
    version,
    environment,
    explanation_type,
    verdict,
    reason,
    state,
    sentence,
    inputs_verdict,
    explained_predictions,
    drifted_features,
    judged_features,
    ndcg,
    ndcg_threshold,
    ndcg_by_chance,
    spearman,
    kendall,
    appeared,
    vanished,
    reference_id
FROM explanation_drift_summaries;

GRANT SELECT ON explanation_drift, explanation_states TO driftgauge_exporter, driftgauge_grafana;
