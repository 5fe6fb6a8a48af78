-- Mergeable summaries by bucket of event time: any window and any reference is a sum of these rows.

CREATE TABLE reference_profiles (
    reference_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model_name text NOT NULL,
    version text,
    environment text,
    source text NOT NULL,
    description text NOT NULL DEFAULT '',
    layout jsonb NOT NULL,
    window_start timestamptz,
    window_end timestamptz,
    rows bigint NOT NULL DEFAULT 0,
    active boolean NOT NULL DEFAULT TRUE,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by text NOT NULL DEFAULT current_user,
    CONSTRAINT reference_profiles_source_is_known CHECK (source IN ('time_range', 'file', 'query', 'automatic')),
    CONSTRAINT reference_profiles_window_has_width CHECK (window_start < window_end)
);

COMMENT ON COLUMN reference_profiles.version IS 'NULL: serves every version of the model';
COMMENT ON COLUMN reference_profiles.environment IS 'NULL: serves every environment of the model';

-- At most one active reference a model, version and environment, where NULL ("any") counts as a value of its own.
-- NULLS NOT DISTINCT would say it, but needs Postgres 15.
CREATE UNIQUE INDEX reference_profiles_one_active ON reference_profiles (
    model_name, (version IS NULL), coalesce(version, ''), (environment IS NULL), coalesce(environment, '')
) WHERE active;

CREATE TABLE reference_buckets (
    reference_id bigint NOT NULL REFERENCES reference_profiles ON DELETE CASCADE,
    bucket_start timestamptz NOT NULL,
    bucket_width interval NOT NULL,
    rows bigint NOT NULL,
    profile bytea NOT NULL,
    PRIMARY KEY (reference_id, bucket_start)
);

-- The newest bucket of each model is rewritten every cycle: room on its page keeps the update off the indexes.
CREATE TABLE profile_rollups (
    reference_id bigint NOT NULL REFERENCES reference_profiles ON DELETE CASCADE,
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

-- Profiles are packed already; trying to compress them would cost each reader and writer for little.
ALTER TABLE reference_buckets ALTER COLUMN profile SET STORAGE EXTERNAL;
ALTER TABLE profile_rollups ALTER COLUMN profile SET STORAGE EXTERNAL;

CREATE INDEX profile_rollups_by_time ON profile_rollups (bucket_start);

CREATE TABLE traffic_rollups (
    model_name text NOT NULL,
    version text NOT NULL,
    environment text NOT NULL,
    status text NOT NULL,
    bucket_start timestamptz NOT NULL,
    predictions bigint NOT NULL,
    latency_buckets bigint[] NOT NULL,
    latency_sum double precision NOT NULL DEFAULT 0,
    latency_squares double precision NOT NULL DEFAULT 0,
    latency_min double precision,
    latency_max double precision,
    confidence_count bigint NOT NULL DEFAULT 0,
    confidence_sum double precision NOT NULL DEFAULT 0,
    confidence_squares double precision NOT NULL DEFAULT 0,
    confidence_min double precision,
    confidence_max double precision,
    PRIMARY KEY (model_name, version, environment, bucket_start, status)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);

COMMENT ON COLUMN traffic_rollups.latency_sum IS 'seconds';

CREATE INDEX traffic_rollups_by_time ON traffic_rollups (bucket_start);

-- What counters are exported from: never reduced, so that dropped rows do not look like a restart.
CREATE TABLE traffic_totals (
    model_name text NOT NULL,
    version text NOT NULL,
    environment text NOT NULL,
    status text NOT NULL,
    predictions bigint NOT NULL,
    latency_buckets bigint[] NOT NULL,
    latency_sum double precision NOT NULL DEFAULT 0,
    last_timestamp timestamptz NOT NULL,
    first_timestamp timestamptz NOT NULL,
    PRIMARY KEY (model_name, version, environment, status)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

-- How far each job has read. system_identifier tells a restore into another cluster from a restart.
CREATE TABLE watermarks (
    job text PRIMARY KEY,
    ingest_seq bigint NOT NULL DEFAULT 0,
    horizon_at timestamptz,
    system_identifier text NOT NULL,
    compacted_before timestamptz NOT NULL,
    retention_floor timestamptz NOT NULL DEFAULT '-infinity',
    rows_processed bigint NOT NULL DEFAULT 0,
    rows_quarantined bigint NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

COMMENT ON COLUMN watermarks.retention_floor IS 'rows before this event time may be gone: their buckets stay';

-- Add two histograms slot by slot; NULL counts as no histogram, a shorter one as padded with zeros.
CREATE FUNCTION add_counts(a bigint[], b bigint[]) RETURNS bigint[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE
        WHEN a IS NULL THEN b
        WHEN b IS NULL THEN a
        ELSE coalesce(
            (
                SELECT array_agg(coalesce(slot.x, 0) + coalesce(slot.y, 0) ORDER BY slot.i)
                FROM unnest(a, b) WITH ORDINALITY AS slot (x, y, i)
            ),
            '{}'
        )
    END
$$;
