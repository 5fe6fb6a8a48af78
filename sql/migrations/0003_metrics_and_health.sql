-- Metrics and health checks that services report about their models.

CREATE TABLE model_metrics (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    model_name text NOT NULL,
    version text NOT NULL DEFAULT 'unversioned',
    environment text NOT NULL DEFAULT 'production',
    metric_name text NOT NULL,
    metric_value double precision NOT NULL,
    metric_unit text DEFAULT '',
    "timestamp" timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (id, "timestamp"),
    CONSTRAINT model_metrics_timestamp_has_four_digit_year CHECK (
        "timestamp" >= '0001-01-02 00:00:00+00' AND "timestamp" < '9999-12-31 00:00:00+00'
    )
) PARTITION BY RANGE ("timestamp");

CREATE TABLE model_metrics_default PARTITION OF model_metrics DEFAULT;

CREATE INDEX model_metrics_by_name_and_time
ON model_metrics (model_name, version, environment, metric_name, "timestamp");

CREATE TABLE model_health_checks (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    model_name text NOT NULL,
    version text NOT NULL DEFAULT 'unversioned',
    environment text NOT NULL DEFAULT 'production',
    status text NOT NULL DEFAULT 'healthy',
    health_score double precision NOT NULL DEFAULT 1,
    issues jsonb DEFAULT '[]',
    checked_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT model_health_checks_checked_at_has_four_digit_year CHECK (
        checked_at >= '0001-01-02 00:00:00+00' AND checked_at < '9999-12-31 00:00:00+00'
    )
);

CREATE INDEX model_health_checks_by_model_and_time
ON model_health_checks (model_name, version, environment, checked_at);
