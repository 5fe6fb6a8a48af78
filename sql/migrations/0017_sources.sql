-- Tables of the operator's own that predictions are read from: how far, and whose each model is.

CREATE TABLE sources (
    source text PRIMARY KEY,
    history_from timestamptz NOT NULL,
    read_to timestamptz NOT NULL,
    audited_at timestamptz NOT NULL,
    revision bigint NOT NULL DEFAULT 0,
    late_rows bigint NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

COMMENT ON COLUMN sources.read_to IS 'by the clock of the source: when its rows were last read';
COMMENT ON COLUMN sources.revision IS 'counts what was written: of two exporters, the one that read first gives way';
COMMENT ON COLUMN sources.late_rows IS 'rows that became visible later than the lookback, found by the audit';

-- A model comes from one place only: prediction_logs, or one source.
CREATE TABLE source_models (
    model_name text NOT NULL,
    version text NOT NULL,
    environment text NOT NULL,
    source text NOT NULL REFERENCES sources ON DELETE CASCADE,
    reference_id bigint,
    PRIMARY KEY (model_name, version, environment)
);

COMMENT ON COLUMN source_models.reference_id IS 'the reference that its rows are profiled on';

CREATE INDEX source_models_by_source ON source_models (source);

GRANT SELECT, INSERT, UPDATE, DELETE ON sources, source_models TO driftgauge_exporter;
