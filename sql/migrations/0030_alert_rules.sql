-- Rules that people write: refused on entry where they say nothing, and since when each one holds.

-- What is wrong with a rule's condition, all of it; NULL: nothing. driftgauge says the same in the same words.
CREATE FUNCTION alert_rule_problem(condition jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
    keys text[];
    problems text[] := '{}';
    parts text[];
    said text := condition ->> 'for';
BEGIN
    IF condition IS NULL OR jsonb_typeof(condition) <> 'object' THEN
        RETURN 'expected an object';
    END IF;
    keys := CASE condition -> 'type'
        WHEN '"metric_threshold"' THEN ARRAY['type', 'metric', 'operator', 'threshold', 'for']
        WHEN '"drift_detected"' THEN ARRAY['type', 'feature', 'for']
        WHEN '"performance_below"' THEN ARRAY['type', 'metric', 'threshold', 'basis', 'for']
    END;
    IF keys IS NULL THEN
        RETURN 'type: expected metric_threshold, drift_detected or performance_below';
    END IF;
    IF condition - keys <> '{}' THEN
        problems := problems || ('expected no keys but ' || array_to_string(keys, ', '));
    END IF;
    IF 'metric' = ANY(keys) AND (
        coalesce(jsonb_typeof(condition -> 'metric'), '') <> 'string'
        OR char_length(condition ->> 'metric') > 200
        OR btrim(condition ->> 'metric', ' ') = ''
    ) THEN
        problems := problems || 'metric: expected a name of 1 to 200 characters'::text;
    END IF;
    IF 'feature' = ANY(keys) AND condition ? 'feature' AND (
        jsonb_typeof(condition -> 'feature') <> 'string'
        OR char_length(condition ->> 'feature') > 200
        OR btrim(condition ->> 'feature', ' ') = ''
    ) THEN
        problems := problems || 'feature: expected a name of 1 to 200 characters'::text;
    END IF;
    IF 'operator' = ANY(keys) AND (
        coalesce(jsonb_typeof(condition -> 'operator'), '') <> 'string'
        OR condition ->> 'operator' NOT IN ('>', '<', '>=', '<=', '==', '!=')
    ) THEN
        problems := problems || 'operator: expected one of >, <, >=, <=, ==, !='::text;
    END IF;
    IF 'threshold' = ANY(keys) THEN
        IF coalesce(jsonb_typeof(condition -> 'threshold'), '') <> 'number' THEN
            problems := problems || 'threshold: expected a number, at most 1e300 in size'::text;
        ELSIF abs((condition ->> 'threshold')::numeric) > 1e300 THEN
            problems := problems || 'threshold: expected a number, at most 1e300 in size'::text;
        END IF;
    END IF;
    IF 'basis' = ANY(keys) AND condition ? 'basis'
        AND condition -> 'basis' NOT IN ('"realised"', '"estimated"') THEN
        problems := problems || 'basis: expected realised or estimated'::text;
    END IF;
    IF condition ? 'for' THEN
        IF jsonb_typeof(condition -> 'for') = 'string' THEN
            parts := regexp_match(
                said,
                '^(?:([0-9]{1,9})w)?(?:([0-9]{1,9})d)?(?:([0-9]{1,9})h)?(?:([0-9]{1,9})m)?(?:([0-9]{1,9})s)?$'
            );
        END IF;
        IF parts IS NULL OR said = '' OR (
            coalesce(parts[1], '0')::numeric * 604800
            + coalesce(parts[2], '0')::numeric * 86400
            + coalesce(parts[3], '0')::numeric * 3600
            + coalesce(parts[4], '0')::numeric * 60
            + coalesce(parts[5], '0')::numeric > 31536000
        ) THEN
            problems := problems || 'for: expected a duration like 10m or 1h30m, at most 365d'::text;
        END IF;
    END IF;
    RETURN nullif(array_to_string(problems, '; '), '');
END
$$;

CREATE FUNCTION refuse_alert_rule() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    problem text := alert_rule_problem(new.condition);
BEGIN
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION 'condition of an alert rule: %', problem
            USING
                ERRCODE = 'check_violation',
                HINT = 'like {"type": "metric_threshold", "metric": "revenue", "operator": "<", "threshold": 5, '
                    '"for": "10m"}';
    END IF;
    IF btrim(new.model_name) = '' OR btrim(new.environment) = '' OR btrim(new.alert_type) = ''
        OR octet_length(new.model_name) > 500 OR octet_length(new.environment) > 500
        OR octet_length(new.alert_type) > 500 THEN
        RAISE EXCEPTION 'alert rule: model_name, environment and alert_type need 1 to 500 bytes each'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN new;
END
$$;

REVOKE EXECUTE ON FUNCTION refuse_alert_rule() FROM PUBLIC;

-- A trigger and no constraint: rules that were there before stay, and are told as broken.
CREATE TRIGGER alert_rules_say_something
BEFORE INSERT OR UPDATE OF condition, model_name, environment, alert_type ON alert_rules
FOR EACH ROW EXECUTE FUNCTION refuse_alert_rule();

-- Since when rules hold, by version: a restart, or a second exporter, goes on from here.
CREATE TABLE alert_rule_states (
    rule_id bigint NOT NULL REFERENCES alert_rules ON DELETE CASCADE,
    version text NOT NULL,
    condition jsonb NOT NULL,
    wait interval NOT NULL,
    holds boolean,
    value double precision,
    holding_since timestamptz,
    evaluated_at timestamptz NOT NULL,
    PRIMARY KEY (rule_id, version)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);

COMMENT ON COLUMN alert_rule_states.condition IS 'as it was evaluated; a changed one starts over';
COMMENT ON COLUMN alert_rule_states.wait IS 'how long it must hold until it fires';
COMMENT ON COLUMN alert_rule_states.holds IS 'NULL: there is no value';
COMMENT ON COLUMN alert_rule_states.holding_since IS 'from holding_since + wait on it fires; NULL: it does not hold';

GRANT SELECT, INSERT, UPDATE, DELETE ON alert_rule_states TO driftgauge_exporter;

CREATE VIEW alert_rule_list AS
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
        WHEN state.holds IS NULL THEN 'no_data'
        WHEN NOT state.holds THEN 'ok'
        WHEN state.holding_since + state.wait <= state.evaluated_at THEN 'firing'
        ELSE 'pending'
    END AS state
FROM alert_rules AS rule
LEFT JOIN alert_rule_states AS state ON rule.id = state.rule_id AND rule.condition = state.condition;

GRANT SELECT ON alert_rule_list TO driftgauge_exporter, driftgauge_grafana;

ALTER TABLE model_alerts
DROP CONSTRAINT model_alerts_resolution_is_known,
ADD CONSTRAINT model_alerts_resolution_is_known CHECK (
    resolution IN ('alertmanager', 'reconciled', 'by hand', 'evaluated')
);

COMMENT ON COLUMN model_alerts.resolution IS
'alertmanager: it said so; reconciled: not in its list; by hand: by resolved_by; evaluated: its rule no longer held';
