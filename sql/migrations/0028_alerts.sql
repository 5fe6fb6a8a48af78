-- The history of alerts: what Alertmanager tells of each, who acknowledged it, and how it ended.

ALTER TABLE model_alerts
ADD COLUMN fingerprint text,
ADD COLUMN labels jsonb NOT NULL DEFAULT '{}',
ADD COLUMN annotations jsonb NOT NULL DEFAULT '{}',
ADD COLUMN generator_url text NOT NULL DEFAULT '',
ADD COLUMN value double precision,
ADD COLUMN suppressed boolean NOT NULL DEFAULT FALSE,
ADD COLUMN silence_id text,
ADD COLUMN silenced_until timestamptz,
ADD COLUMN resolution text,
ADD COLUMN resolved_by text,
ADD CONSTRAINT model_alerts_resolution_is_known CHECK (resolution IN ('alertmanager', 'reconciled', 'by hand'));

COMMENT ON COLUMN model_alerts.fingerprint IS 'Alertmanager''s, of all labels; NULL: it did not come from there';
COMMENT ON COLUMN model_alerts.triggered_at IS 'of Alertmanager''s alerts, when they began, to the millisecond';
COMMENT ON COLUMN model_alerts.value IS 'from the annotation of this name, where it is a number';
COMMENT ON COLUMN model_alerts.suppressed IS 'it fires, and a silence or an inhibition keeps it from being told';
COMMENT ON COLUMN model_alerts.silence_id IS 'the silence of its acknowledgement, until that is expired';
COMMENT ON COLUMN model_alerts.resolution IS
'alertmanager: it said so; reconciled: no longer in its list; by hand: by resolved_by; NULL: not, or unknown';

-- An alert begins once. Rows that others insert have no fingerprint and are all distinct.
CREATE UNIQUE INDEX model_alerts_one_a_beginning ON model_alerts (fingerprint, triggered_at);
CREATE INDEX model_alerts_silenced ON model_alerts (id) WHERE silence_id IS NOT NULL;
CREATE INDEX model_alerts_by_model ON model_alerts (model_name, triggered_at);

CREATE VIEW alert_history AS
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
    resolved_by
FROM model_alerts;

GRANT SELECT ON alert_history TO driftgauge_exporter, driftgauge_grafana;
