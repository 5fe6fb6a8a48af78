-- Rules that people write: since when each is in force as it is, when somebody evaluated them last, and what ends alerts.

ALTER TABLE alert_rules ADD COLUMN in_force_since timestamptz NOT NULL DEFAULT now();
UPDATE alert_rules SET in_force_since = created_at;

COMMENT ON COLUMN alert_rules.in_force_since IS 'enabled, of this model and with this condition; set by a trigger';

-- What was found of a rule counts only while the rule is as it was then.
ALTER TABLE alert_rule_states ADD COLUMN in_force_since timestamptz;
UPDATE alert_rule_states AS state
SET in_force_since = rule.in_force_since
FROM alert_rules AS rule
WHERE state.rule_id = rule.id;
ALTER TABLE alert_rule_states ALTER COLUMN in_force_since SET NOT NULL;

COMMENT ON COLUMN alert_rule_states.in_force_since IS 'of the rule as it was evaluated; another starts over';

CREATE FUNCTION restart_alert_rule() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF new.enabled AND (
        NOT old.enabled
        OR (new.model_name, new.environment, new.condition) <> (old.model_name, old.environment, old.condition)
    ) THEN
        new.in_force_since := clock_timestamp(); -- not of the transaction, which may have waited
    END IF;
    RETURN new;
END
$$;

REVOKE EXECUTE ON FUNCTION restart_alert_rule() FROM PUBLIC;

CREATE TRIGGER alert_rules_start_over
BEFORE UPDATE OF enabled, condition, model_name, environment ON alert_rules
FOR EACH ROW EXECUTE FUNCTION restart_alert_rule();

-- Nobody may know of an exporter that is down, so the last run is kept; the list says when it is too long ago.
CREATE TABLE alert_rule_runs (
    id boolean PRIMARY KEY DEFAULT TRUE,
    evaluated_at timestamptz NOT NULL,
    fresh_until timestamptz NOT NULL,
    evaluated_to bigint,
    CONSTRAINT alert_rule_runs_is_one CHECK (id)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

COMMENT ON COLUMN alert_rule_runs.fresh_until IS 'by then the next run is overdue';
COMMENT ON COLUMN alert_rule_runs.evaluated_to IS 'the last rule that was evaluated; NULL: all were';

GRANT SELECT, INSERT, UPDATE, DELETE ON alert_rule_runs TO driftgauge_exporter;

CREATE OR REPLACE VIEW alert_rule_list AS
SELECT
    rule.id AS rule_id,
    rule.model_name,
    rule.environment,
    rule.alert_type,
    rule.severity,
    rule.condition,
    rule.enabled,
    rule.created_by,
    rule.created_at,
    state.version,
    state.value,
    state.holding_since,
    state.evaluated_at,
    CASE
        WHEN alert_rule_problem(rule.condition) IS NOT NULL THEN 'broken'
        WHEN NOT rule.enabled THEN 'disabled'
        WHEN run.fresh_until IS NULL OR run.fresh_until < now() OR run.evaluated_at < rule.in_force_since
            THEN 'unevaluated'
        WHEN rule.id > run.evaluated_to THEN 'left_out'
        WHEN state.holds IS NULL THEN 'no_data'
        WHEN NOT state.holds THEN 'ok'
        WHEN state.holding_since + state.wait <= state.evaluated_at THEN 'firing'
        ELSE 'pending'
    END AS state,
    rule.in_force_since,
    run.evaluated_at AS last_run_at
FROM alert_rules AS rule
LEFT JOIN alert_rule_runs AS run ON run.id
LEFT JOIN alert_rule_states AS state
    ON
        rule.id = state.rule_id
        AND rule.enabled
        AND rule.condition = state.condition
        AND rule.in_force_since = state.in_force_since;

ALTER TABLE model_alerts
DROP CONSTRAINT model_alerts_resolution_is_known,
ADD CONSTRAINT model_alerts_resolution_is_known CHECK (
    resolution IN (
        'alertmanager', 'reconciled', 'by hand', 'evaluated', 'rule disabled', 'rule removed', 'rule changed'
    )
);

COMMENT ON COLUMN model_alerts.resolution IS
'alertmanager: it said so; reconciled: not in its list; by hand: by resolved_by; evaluated: its rule no longer held; '
'rule disabled, removed or changed: nobody can ask it any more';
