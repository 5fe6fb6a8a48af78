-- Whether a metric of a model was as usual: one row a metric and hour. Metrics that services log have their own names;
-- of predictions there are predictions, mean_latency (seconds), error_share and mean_confidence.

CREATE TABLE anomaly_results (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model_name text NOT NULL,
    version text NOT NULL,
    environment text NOT NULL,
    metric_name text NOT NULL,
    bucket_start timestamptz NOT NULL,
    value double precision NOT NULL,
    expected double precision,
    lower double precision,
    upper double precision,
    score double precision,
    direction text,
    verdict text NOT NULL,
    reason text NOT NULL,
    rows bigint NOT NULL,
    "timestamp" timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT anomaly_results_verdict_is_known CHECK (verdict IN ('normal', 'anomalous', 'insufficient_data')),
    CONSTRAINT anomaly_results_direction_is_known CHECK (direction IN ('up', 'down')),
    CONSTRAINT anomaly_results_anomaly_has_a_direction CHECK ((verdict = 'anomalous') = (direction IS NOT NULL))
);

COMMENT ON COLUMN anomaly_results.lower IS 'the least that is allowed; NULL: nothing can lie below';
COMMENT ON COLUMN anomaly_results.upper IS 'the most that is allowed; NULL: nothing can lie above';
COMMENT ON COLUMN anomaly_results.score IS 'distance from expected in multiples of what is allowed: anomalous above 1';

CREATE UNIQUE INDEX anomaly_results_one_an_hour ON anomaly_results (
    model_name, version, environment, metric_name, bucket_start
);

CREATE INDEX anomaly_results_recent ON anomaly_results (model_name, bucket_start);

CREATE INDEX anomaly_results_by_time ON anomaly_results (bucket_start);

GRANT SELECT, INSERT, UPDATE, DELETE ON anomaly_results TO driftgauge_exporter;

CREATE VIEW anomalies AS
SELECT
    bucket_start,
    model_name,
    version,
    environment,
    metric_name,
    verdict,
    direction,
    reason,
    value,
    expected,
    lower,
    upper,
    score,
    rows,
    "timestamp"
FROM anomaly_results;

GRANT SELECT ON anomalies TO driftgauge_exporter, driftgauge_grafana;
