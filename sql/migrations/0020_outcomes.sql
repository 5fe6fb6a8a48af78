-- Predictions with their outcomes, counted by cohorts of the predictions' event time, whichever of the two came first.
--
-- What is counted of a prediction follows from two marks in the row 'outcomes' of watermarks: it is read if it is
-- numbered up to predictions_seq, and then its outcome is the last, by time and id, of those numbered up to ingest_seq.
-- Moving either mark changes the cohorts by exactly the difference, in one transaction: nothing is kept of a prediction.

ALTER TABLE watermarks
ADD COLUMN predictions_seq bigint NOT NULL DEFAULT 0,
ADD COLUMN rows_unmatched bigint NOT NULL DEFAULT 0,
ADD COLUMN revision bigint NOT NULL DEFAULT 0;

COMMENT ON COLUMN watermarks.predictions_seq IS 'of the job outcomes: predictions numbered up to this one are counted';
COMMENT ON COLUMN watermarks.rows_unmatched IS 'of the job outcomes: outcomes read whose prediction is not';
COMMENT ON COLUMN watermarks.revision IS 'of the job outcomes: counts up whenever cohorts change';

-- As before, but in words that depend on no session's time zone, so that queries take them in instead of calling.
CREATE OR REPLACE FUNCTION has_sane_time(at timestamptz, logged_at timestamptz) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT at >= to_timestamp(0) AND at - logged_at <= INTERVAL '5 minutes'
$$;

-- Predictions that can turn out right or wrong, and outcomes that can tell.
CREATE VIEW answered_predictions AS
SELECT
    id,
    ingest_seq,
    model_name,
    version,
    environment,
    segment,
    predicted_label,
    predicted_value,
    predicted_score,
    "timestamp"
FROM prediction_logs
WHERE
    has_sane_time("timestamp", created_at)
    AND (predicted_label IS NOT NULL OR predicted_value IS NOT NULL OR predicted_score IS NOT NULL);

CREATE VIEW usable_outcomes AS
SELECT
    id,
    ingest_seq,
    prediction_id,
    label,
    value,
    "timestamp"
FROM prediction_outcomes
WHERE
    has_sane_time("timestamp", created_at)
    AND (label IS NOT NULL OR value IS NOT NULL);

-- How a model's predictions are held against their outcomes. Another definition is another row, with cohorts of its own.
CREATE TABLE outcome_tasks (
    task_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model_name text NOT NULL,
    version text NOT NULL,
    environment text NOT NULL,
    task text NOT NULL,
    definition jsonb NOT NULL,
    active boolean NOT NULL DEFAULT TRUE,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT outcome_tasks_task_is_known CHECK (task IN ('binary', 'multiclass', 'regression'))
);

CREATE UNIQUE INDEX outcome_tasks_one_active ON outcome_tasks (model_name, version, environment) WHERE active;

-- What predictions and outcomes of a model without a task look like: enough of it decides the task.
CREATE TABLE outcome_evidence (
    model_name text NOT NULL,
    version text NOT NULL,
    environment text NOT NULL,
    evidence jsonb NOT NULL,
    PRIMARY KEY (model_name, version, environment)
);

CREATE TABLE outcome_cohorts (
    task_id bigint NOT NULL REFERENCES outcome_tasks ON DELETE CASCADE,
    segment text NOT NULL DEFAULT '',
    cohort_start timestamptz NOT NULL,
    cohort_end timestamptz NOT NULL,
    predictions bigint NOT NULL,
    outcomes bigint NOT NULL,
    unusable bigint NOT NULL,
    lag_microseconds numeric NOT NULL,
    counts bytea NOT NULL,
    scores bytea,
    revision bigint NOT NULL,
    PRIMARY KEY (task_id, segment, cohort_start)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);

ALTER TABLE outcome_cohorts
ALTER COLUMN counts SET STORAGE EXTERNAL,
ALTER COLUMN scores SET STORAGE EXTERNAL;

COMMENT ON COLUMN outcome_cohorts.segment IS 'empty: all rows of the model';
COMMENT ON COLUMN outcome_cohorts.predictions IS 'with an answer that can turn out right or wrong';
COMMENT ON COLUMN outcome_cohorts.outcomes IS 'of those predictions, how many have an outcome that can tell';
COMMENT ON COLUMN outcome_cohorts.unusable IS 'of those predictions, how many have an outcome that is of no such kind';
COMMENT ON COLUMN outcome_cohorts.lag_microseconds IS 'from prediction to outcome, summed over the outcomes';

CREATE INDEX outcome_cohorts_by_task_and_revision ON outcome_cohorts (task_id, revision);
CREATE INDEX outcome_cohorts_by_time ON outcome_cohorts (cohort_start);

-- Which rows of each log table go when predictions before floor_time do, and up to which number rows are counted (NULL:
-- nobody counts them). A correction takes back what the outcome before it was counted as, which must still be there for
-- as long as the prediction is: so outcomes stay a week longer, and count only if they are not of before that.
CREATE FUNCTION droppable_logs(floor_time timestamptz)
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
        END
    FROM pg_partitioned_table AS p
    INNER JOIN pg_class AS c ON p.partrelid = c.oid
    LEFT JOIN watermarks AS rollup ON rollup.job = 'rollup'
    LEFT JOIN watermarks AS outcomes ON outcomes.job = 'outcomes'
    WHERE c.relnamespace = quote_ident(current_schema())::regnamespace
$$;

REVOKE EXECUTE ON FUNCTION droppable_logs(timestamptz) FROM PUBLIC;

CREATE OR REPLACE FUNCTION drop_partitions(older_than timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT SET timezone TO 'UTC'
AS $$
DECLARE
    floor_time timestamptz;
    expired regclass[];
    counted bigint;
    last_seq bigint;
    part regclass;
    strays record;
BEGIN
    IF NOT coalesce(isfinite(older_than) AND older_than <= now(), FALSE) THEN
        RAISE EXCEPTION 'drop_partitions: % is not a moment in the past', older_than
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    floor_time := date_trunc('week', older_than);
    PERFORM pg_advisory_xact_lock(hashtextextended('driftgauge partitions ' || current_schema(), 0));
    -- A partition's end is read from its bound, whatever its width: FOR VALUES FROM ('...') TO ('...')
    SELECT array_agg(i.inhrelid::regclass ORDER BY c.relname) INTO expired
    FROM pg_inherits AS i
    INNER JOIN pg_partitioned_table AS p ON i.inhparent = p.partrelid
    INNER JOIN pg_class AS c ON i.inhrelid = c.oid
    INNER JOIN droppable_logs(floor_time) AS d ON i.inhparent = d.parent
    WHERE
        c.relnamespace = quote_ident(current_schema())::regnamespace
        AND c.relkind = 'r'
        AND substring(pg_get_expr(c.relpartbound, c.oid) FROM $re$TO \('([^']+)'\)$re$)::timestamptz <= d.before;
    IF expired IS NOT NULL THEN
        PERFORM lock_alone(
            (SELECT array_agg(DISTINCT i.inhparent::regclass) FROM pg_inherits AS i WHERE i.inhrelid = ANY(expired))
            || expired
        );
    END IF;
    -- Only now: what writers committed while the locks were waited for is seen, and nobody adds to it.
    FOR part, counted IN
        SELECT
            i.inhrelid::regclass,
            d.counted
        FROM pg_inherits AS i
        INNER JOIN droppable_logs(floor_time) AS d ON i.inhparent = d.parent
        WHERE i.inhrelid = ANY(expired) AND d.counted IS NOT NULL
    LOOP
        EXECUTE format('SELECT max(ingest_seq) FROM %s', part) INTO last_seq; -- one look into its index
        IF last_seq > counted THEN
            RAISE EXCEPTION 'rows before % are not rolled up yet: their partitions stay until they are', floor_time
                USING ERRCODE = 'lock_not_available';
        END IF;
    END LOOP;
    IF expired IS NOT NULL THEN
        EXECUTE format('DROP TABLE %s', array_to_string(expired, ', '));
    END IF;
    FOR strays IN
        SELECT
            p.partdefid::regclass AS name,
            d.before,
            d.counted
        FROM droppable_logs(floor_time) AS d
        INNER JOIN pg_partitioned_table AS p ON d.parent = p.partrelid
        ORDER BY name
    LOOP
        EXECUTE
        format('DELETE FROM %s WHERE "timestamp" < %L', strays.name, strays.before)
        || coalesce(' AND ingest_seq <= ' || strays.counted, '');
    END LOOP;
    UPDATE watermarks SET retention_floor = floor_time WHERE retention_floor < floor_time;
    RETURN coalesce(cardinality(expired), 0);
END
$$;

COMMENT ON FUNCTION drop_partitions(timestamptz) IS
'Drop the partitions of every log table that end by the Monday of older_than, with older strays; returns how many. '
'Outcomes stay a week longer. Fails with 55P03 while one of them holds rows that are not rolled up yet.';

GRANT SELECT ON answered_predictions, usable_outcomes TO driftgauge_exporter;
GRANT SELECT, INSERT, UPDATE, DELETE ON outcome_tasks, outcome_evidence, outcome_cohorts TO driftgauge_exporter;
