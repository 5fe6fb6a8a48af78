-- Alerts on models and the rules that raise them.

CREATE TABLE model_alerts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model_name text NOT NULL,
    version text NOT NULL,
    environment text NOT NULL,
    alert_type text NOT NULL,
    severity text NOT NULL,
    message text NOT NULL,
    details jsonb NOT NULL DEFAULT '{}',
    triggered_at timestamptz NOT NULL DEFAULT now(),
    acknowledged boolean NOT NULL DEFAULT FALSE,
    acknowledged_at timestamptz,
    acknowledged_by text,
    resolved boolean NOT NULL DEFAULT FALSE,
    resolved_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT model_alerts_severity_is_known CHECK (severity IN ('critical', 'warning', 'info'))
);

CREATE INDEX model_alerts_active ON model_alerts (model_name, environment, triggered_at) WHERE NOT resolved;
CREATE INDEX model_alerts_by_time ON model_alerts (triggered_at);

CREATE TABLE alert_rules (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model_name text NOT NULL,
    environment text NOT NULL DEFAULT 'production',
    alert_type text NOT NULL,
    severity text NOT NULL,
    condition jsonb NOT NULL,
    enabled boolean NOT NULL DEFAULT TRUE,
    created_by text NOT NULL DEFAULT current_user,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT alert_rules_severity_is_known CHECK (severity IN ('critical', 'warning', 'info')),
    CONSTRAINT alert_rules_condition_is_an_object CHECK (jsonb_typeof(condition) = 'object')
);

CREATE INDEX alert_rules_enabled ON alert_rules (model_name, environment) WHERE enabled;
