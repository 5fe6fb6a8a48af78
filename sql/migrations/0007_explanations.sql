-- Why models answered as they did: attributions by prediction, importances by version, and how they change.

CREATE TABLE shap_values (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    prediction_id uuid NOT NULL,
    model_name text NOT NULL,
    version text NOT NULL DEFAULT 'unversioned',
    environment text NOT NULL DEFAULT 'production',
    feature_name text NOT NULL,
    shap_value double precision NOT NULL,
    feature_value text,
    base_value double precision,
    "timestamp" timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (id, "timestamp"),
    CONSTRAINT shap_values_timestamp_has_four_digit_year CHECK (
        "timestamp" >= '0001-01-02 00:00:00+00' AND "timestamp" < '9999-12-31 00:00:00+00'
    )
) PARTITION BY RANGE ("timestamp");

CREATE TABLE shap_values_default PARTITION OF shap_values DEFAULT;

CREATE INDEX shap_values_by_prediction ON shap_values (prediction_id);
CREATE INDEX shap_values_by_model_and_time ON shap_values (model_name, version, environment, "timestamp");

CREATE TABLE lime_explanations (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    prediction_id uuid NOT NULL,
    model_name text NOT NULL,
    version text NOT NULL DEFAULT 'unversioned',
    environment text NOT NULL DEFAULT 'production',
    feature_name text NOT NULL,
    weight double precision NOT NULL,
    feature_value text,
    "timestamp" timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (id, "timestamp"),
    CONSTRAINT lime_explanations_timestamp_has_four_digit_year CHECK (
        "timestamp" >= '0001-01-02 00:00:00+00' AND "timestamp" < '9999-12-31 00:00:00+00'
    )
) PARTITION BY RANGE ("timestamp");

CREATE TABLE lime_explanations_default PARTITION OF lime_explanations DEFAULT;

CREATE INDEX lime_explanations_by_prediction ON lime_explanations (prediction_id);
CREATE INDEX lime_explanations_by_model_and_time ON lime_explanations (model_name, version, environment, "timestamp");

CREATE TABLE explanation_metadata (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    prediction_id uuid NOT NULL,
    model_name text NOT NULL,
    version text NOT NULL DEFAULT 'unversioned',
    environment text NOT NULL DEFAULT 'production',
    explanation_type text NOT NULL,
    explanation_method text,
    complexity_score double precision,
    "timestamp" timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (id, "timestamp"),
    CONSTRAINT explanation_metadata_timestamp_has_four_digit_year CHECK (
        "timestamp" >= '0001-01-02 00:00:00+00' AND "timestamp" < '9999-12-31 00:00:00+00'
    )
) PARTITION BY RANGE ("timestamp");

COMMENT ON COLUMN explanation_metadata.complexity_score IS 'standard deviation of the attributions';

CREATE TABLE explanation_metadata_default PARTITION OF explanation_metadata DEFAULT;

CREATE INDEX explanation_metadata_by_prediction ON explanation_metadata (prediction_id);
CREATE INDEX explanation_metadata_by_model_and_time
ON explanation_metadata (model_name, version, environment, "timestamp");

CREATE TABLE feature_importance_history (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    model_name text NOT NULL,
    version text NOT NULL DEFAULT 'unversioned',
    environment text NOT NULL DEFAULT 'production',
    feature_name text NOT NULL,
    importance_value double precision NOT NULL,
    importance_rank integer,
    "timestamp" timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT feature_importance_history_timestamp_has_four_digit_year CHECK (
        "timestamp" >= '0001-01-02 00:00:00+00' AND "timestamp" < '9999-12-31 00:00:00+00'
    )
);

CREATE INDEX feature_importance_history_by_model_and_time
ON feature_importance_history (model_name, version, environment, "timestamp");

CREATE TABLE feature_importance_drift (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model_name text NOT NULL,
    version text NOT NULL,
    environment text NOT NULL,
    feature_name text NOT NULL,
    previous_importance double precision,
    current_importance double precision,
    importance_change double precision,
    rank_change integer,
    drift_detected boolean NOT NULL,
    threshold double precision,
    "timestamp" timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX feature_importance_drift_by_model_and_time
ON feature_importance_drift (model_name, version, environment, "timestamp");

CREATE TABLE explainability_drift_results (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model_name text NOT NULL,
    version text NOT NULL,
    environment text NOT NULL,
    feature_name text NOT NULL,
    reference_shap_mean double precision,
    current_shap_mean double precision,
    shap_mean_difference double precision,
    drift_detected boolean NOT NULL,
    threshold double precision,
    "timestamp" timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX explainability_drift_results_by_model_and_time
ON explainability_drift_results (model_name, version, environment, "timestamp");
