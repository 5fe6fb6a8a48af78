-- purpose: Read the rules in force, of one model and environment or of all, the oldest first, what is wrong with each, and how many there are.
-- params: model_name, environment, rows
-- returns: id, model_name, environment, alert_type, severity, condition, written, problem, rules
SELECT
    rule.id,
    rule.model_name,
    rule.environment,
    rule.alert_type,
    rule.severity,
    CASE WHEN found.problem IS NULL THEN rule.condition END AS condition,
    rule.condition::text AS written,
    found.problem,
    count(*) OVER () AS rules
FROM alert_rules AS rule
CROSS JOIN LATERAL (SELECT alert_rule_problem(rule.condition) AS problem) AS found
WHERE
    rule.enabled
    AND (%(model_name)s::text IS NULL OR rule.model_name = %(model_name)s)
    AND (%(environment)s::text IS NULL OR rule.environment = %(environment)s)
ORDER BY rule.id
LIMIT %(rows)s
