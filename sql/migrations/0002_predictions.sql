-- What models answered, and what turned out to be true: written once by the services, read once by the roll-up.
--
-- ingest_seq orders the rows by arrival. It must be drawn by the default, after the row's transaction has locked
-- the table, so writers get no right to set it; and its sequence must not hand out numbers in batches.
-- No measured value is refused: NaN, negative or absurd latencies are filtered and counted by the roll-up, because
-- a service whose clock stepped back is innocent. Times must only be such that every reader can represent them.

CREATE SEQUENCE prediction_logs_ingest_seq AS bigint CACHE 1;

CREATE TABLE prediction_logs (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    ingest_seq bigint NOT NULL DEFAULT nextval('prediction_logs_ingest_seq'),
    model_name text NOT NULL,
    version text NOT NULL DEFAULT 'unversioned',
    environment text NOT NULL DEFAULT 'production',
    user_id text,
    segment text,
    input_data_hash text,
    features jsonb NOT NULL DEFAULT '{}',
    prediction_result jsonb,
    predicted_label text,
    predicted_value double precision,
    predicted_score double precision,
    confidence double precision,
    latency_ms double precision NOT NULL,
    status text NOT NULL DEFAULT 'success',
    "timestamp" timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (id, "timestamp"),
    CONSTRAINT prediction_logs_names_fit_an_index CHECK (
        octet_length(model_name) <= 500 AND octet_length(version) <= 500 AND octet_length(environment) <= 500
    ),
    CONSTRAINT prediction_logs_features_are_an_object CHECK (jsonb_typeof(features) = 'object'),
    CONSTRAINT prediction_logs_timestamp_has_four_digit_year CHECK (
        "timestamp" >= '0001-01-02 00:00:00+00' AND "timestamp" < '9999-12-31 00:00:00+00'
    )
) PARTITION BY RANGE ("timestamp");

ALTER SEQUENCE prediction_logs_ingest_seq OWNED BY prediction_logs.ingest_seq;

CREATE TABLE prediction_logs_default PARTITION OF prediction_logs DEFAULT;

CREATE INDEX prediction_logs_by_arrival ON prediction_logs (ingest_seq);
CREATE INDEX prediction_logs_by_model_and_time ON prediction_logs (model_name, version, environment, "timestamp");

CREATE SEQUENCE prediction_outcomes_ingest_seq AS bigint CACHE 1;

CREATE TABLE prediction_outcomes (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    ingest_seq bigint NOT NULL DEFAULT nextval('prediction_outcomes_ingest_seq'),
    prediction_id uuid NOT NULL,
    label text,
    value double precision,
    "timestamp" timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (id, "timestamp"),
    CONSTRAINT prediction_outcomes_timestamp_has_four_digit_year CHECK (
        "timestamp" >= '0001-01-02 00:00:00+00' AND "timestamp" < '9999-12-31 00:00:00+00'
    )
) PARTITION BY RANGE ("timestamp");

ALTER SEQUENCE prediction_outcomes_ingest_seq OWNED BY prediction_outcomes.ingest_seq;

CREATE TABLE prediction_outcomes_default PARTITION OF prediction_outcomes DEFAULT;

CREATE INDEX prediction_outcomes_by_arrival ON prediction_outcomes (ingest_seq);
CREATE INDEX prediction_outcomes_by_prediction ON prediction_outcomes (prediction_id);

-- Whether an event time can be right: not long before computers, and at most five minutes after the row was logged.
-- Judged by when the row came, which no writer may set, so that it has the same answer whenever it is asked.
CREATE FUNCTION has_sane_time(at timestamptz, logged_at timestamptz) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT at >= to_timestamp(0) AND at <= logged_at + INTERVAL '5 minutes'
$$;
