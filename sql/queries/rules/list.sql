-- purpose: List the rules of a model, or of all, with the state of each by version.
-- params: model_name, rows
-- returns: rule_id, model_name, environment, alert_type, severity, condition, created_by, created_at, state, version, value, holding_since, evaluated_at
SELECT
    rule_id,
    model_name,
    environment,
    alert_type,
    severity,
    condition,
    created_by,
    created_at,
    state,
    version,
    value,
    holding_since,
    evaluated_at
FROM alert_rule_list
WHERE %(model_name)s::text IS NULL OR model_name = %(model_name)s
ORDER BY rule_id ASC, version ASC
LIMIT %(rows)s
