-- purpose: Forget since when rules hold that are not in force, and of versions that were not looked at since a moment.
-- params: before
DELETE FROM alert_rule_states
WHERE
    evaluated_at < %(before)s
    OR rule_id NOT IN (
        SELECT rule.id FROM alert_rules AS rule
        WHERE rule.enabled
    )
