-- How the importances of features change, from one logging to the next and from one version to the next.

CREATE TABLE feature_importance_comparisons (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model_name text NOT NULL,
    version text NOT NULL,
    environment text NOT NULL,
    basis text NOT NULL DEFAULT 'logged',
    "timestamp" timestamptz NOT NULL,
    compared_with text NOT NULL,
    previous_version text,
    previous_timestamp timestamptz,
    features integer NOT NULL,
    appeared text[] NOT NULL,
    vanished text[] NOT NULL,
    left_out text[] NOT NULL,
    ndcg double precision,
    ndcg_threshold double precision NOT NULL,
    spearman double precision,
    kendall double precision,
    threshold double precision NOT NULL,
    relative_threshold double precision,
    normalised boolean NOT NULL,
    drifted boolean,
    drifted_features integer NOT NULL,
    reason text NOT NULL,
    fingerprint text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT feature_importance_comparisons_basis_is_known CHECK (basis IN ('logged', 'shap', 'lime')),
    CONSTRAINT feature_importance_comparisons_is_with_something_known CHECK (
        compared_with IN ('version', 'logging', 'nothing')
    ),
    CONSTRAINT feature_importance_comparisons_has_what_it_is_with CHECK (
        (compared_with = 'nothing') = (previous_timestamp IS NULL)
    )
);

COMMENT ON COLUMN feature_importance_comparisons.basis IS 'where the importances come from; logged: from services';
COMMENT ON COLUMN feature_importance_comparisons."timestamp" IS 'of the first row of the logging';
COMMENT ON COLUMN feature_importance_comparisons.compared_with IS 'a logging of another version, or one of the same';
COMMENT ON COLUMN feature_importance_comparisons.features IS 'that either side has';
COMMENT ON COLUMN feature_importance_comparisons.left_out IS 'features whose importance is no number';
COMMENT ON COLUMN feature_importance_comparisons.drifted IS 'NULL where there was nothing to compare with';
COMMENT ON COLUMN feature_importance_comparisons.fingerprint IS 'of all that the comparison was made from';

CREATE UNIQUE INDEX feature_importance_comparisons_one_a_logging ON feature_importance_comparisons (
    model_name, environment, version, basis, "timestamp"
);
CREATE INDEX feature_importance_comparisons_by_model_and_time ON feature_importance_comparisons (
    model_name, environment, basis, "timestamp"
);
CREATE INDEX feature_importance_comparisons_by_time ON feature_importance_comparisons ("timestamp");

ALTER TABLE feature_importance_drift
ADD COLUMN comparison_id bigint REFERENCES feature_importance_comparisons ON DELETE CASCADE,
ADD COLUMN compared_with text,
ADD COLUMN previous_version text,
ADD COLUMN previous_timestamp timestamptz,
ADD COLUMN relative_change double precision,
ADD COLUMN previous_rank integer,
ADD COLUMN current_rank integer,
ADD COLUMN state text,
ADD CONSTRAINT feature_importance_drift_state_is_known CHECK (
    state IN ('stable', 'changed', 'appeared', 'vanished')
);

COMMENT ON COLUMN feature_importance_drift.previous_importance IS 'NULL: it had none, which is not 0';
COMMENT ON COLUMN feature_importance_drift.importance_change IS 'current - previous';
COMMENT ON COLUMN feature_importance_drift.relative_change IS 'importance_change / |previous_importance|';
COMMENT ON COLUMN feature_importance_drift.rank_change IS 'previous - current: positive where it became more important';

CREATE INDEX feature_importance_drift_by_comparison ON feature_importance_drift (comparison_id);

-- What was inserted lately, whenever it is of: loggings may come late.
CREATE INDEX feature_importance_history_by_insertion ON feature_importance_history (created_at);
CREATE INDEX feature_importance_history_recent ON feature_importance_history (model_name, "timestamp");

GRANT SELECT, INSERT, UPDATE, DELETE ON feature_importance_comparisons TO driftgauge_exporter;

CREATE VIEW importance_comparisons AS
SELECT
    id,
    "timestamp",
    model_name,
    version,
    environment,
    basis,
    compared_with,
    previous_version,
    previous_timestamp,
    drifted,
    drifted_features,
    features,
    appeared,
    vanished,
    left_out,
    ndcg,
    ndcg_threshold,
    spearman,
    kendall,
    threshold,
    relative_threshold,
    normalised,
    reason,
    created_at
FROM feature_importance_comparisons;

CREATE VIEW importance_changes AS
SELECT
    comparison."timestamp",
    comparison.model_name,
    comparison.version,
    comparison.environment,
    comparison.basis,
    comparison.compared_with,
    comparison.previous_version,
    comparison.previous_timestamp,
    feature.feature_name,
    feature.state,
    feature.drift_detected,
    feature.previous_importance,
    feature.current_importance,
    feature.importance_change,
    feature.relative_change,
    feature.threshold,
    feature.previous_rank,
    feature.current_rank,
    feature.rank_change,
    comparison.id AS comparison_id
FROM feature_importance_comparisons AS comparison
INNER JOIN feature_importance_drift AS feature ON comparison.id = feature.comparison_id;

GRANT SELECT ON importance_comparisons, importance_changes TO driftgauge_exporter, driftgauge_grafana;
