-- purpose: List the rules of a model, or of all, with the state of each by version; only those of some states where they are given.
-- params: model_name, states, rows
-- returns: rule_id, model_name, environment, alert_type, severity, condition, created_by, created_at, in_force_since, state, version, value, holding_since, evaluated_at, last_run_at
SELECT
    rule_id,
    model_name,
    environment,
    alert_type,
    severity,
    condition,
    created_by,
    created_at,
    in_force_since,
    state,
    version,
    value,
    holding_since,
    evaluated_at,
    last_run_at
FROM alert_rule_list
WHERE
    (%(model_name)s::text IS NULL OR model_name = %(model_name)s)
    AND (%(states)s::text[] IS NULL OR state = any(%(states)s))
ORDER BY rule_id ASC, version ASC
LIMIT %(rows)s
