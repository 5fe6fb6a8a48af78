-- Who acknowledges alerts and writes rules need not be the exporter; what is about to be acknowledged outlives a crash.

-- As in 0011: another database of the cluster may be migrating at this moment.
DO $$
BEGIN
    IF to_regrole('driftgauge_operator') IS NULL THEN
        BEGIN
            CREATE ROLE driftgauge_operator NOLOGIN;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN
                NULL;
            WHEN insufficient_privilege THEN
                RAISE EXCEPTION 'role driftgauge_operator is missing and % may not create roles', current_user
                    USING
                        ERRCODE = 'insufficient_privilege',
                        HINT = 'CREATE ROLE driftgauge_operator NOLOGIN;';
        END;
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO driftgauge_operator', current_schema());
END
$$;

-- One acknowledgement of an alert at a time is under way: noted before Alertmanager is called, and gone once its silence
-- is in the history. One that stays belongs to a program that was killed; the exporter looks what became of it.
CREATE TABLE alert_acknowledgements (
    alert_id bigint PRIMARY KEY REFERENCES model_alerts ON DELETE CASCADE,
    acknowledged_by text NOT NULL,
    silenced_until timestamptz NOT NULL,
    begun_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON COLUMN alert_acknowledgements.silenced_until IS
'to the millisecond; with acknowledged_by, and the comment that names the alert, it tells the silence in Alertmanager';
COMMENT ON COLUMN alert_acknowledgements.begun_at IS '-infinity: whoever did it has given up';

GRANT SELECT, INSERT, UPDATE, DELETE ON alert_acknowledgements TO driftgauge_exporter, driftgauge_operator;

ALTER TABLE model_alerts ADD COLUMN threshold double precision;

COMMENT ON COLUMN model_alerts.threshold IS 'from the annotation of this name, where it is a number';

CREATE OR REPLACE VIEW alert_history AS
SELECT
    id,
    triggered_at,
    resolved_at,
    model_name,
    version,
    environment,
    alert_type,
    severity,
    message,
    labels,
    value,
    acknowledged,
    acknowledged_at,
    acknowledged_by,
    suppressed,
    silenced_until,
    resolved,
    resolution,
    resolved_by,
    threshold
FROM model_alerts;

-- Operators: list, acknowledge and resolve alerts, and write rules; nothing else is read or written.
GRANT SELECT ON
schema_version, model_alerts, model_alerts_open, alert_history, alert_rule_list
TO driftgauge_operator;
GRANT UPDATE (
    acknowledged, acknowledged_at, acknowledged_by, suppressed, silence_id, silenced_until,
    resolved, resolved_at, resolution, resolved_by
) ON model_alerts TO driftgauge_operator;
GRANT SELECT, INSERT, UPDATE, DELETE ON alert_rules TO driftgauge_operator;
