-- purpose: Forget how rules stand of versions, but for those that are evaluated now; those of rules in force only once nobody has evaluated them since a moment.
-- params: rule_ids, versions, before
DELETE FROM alert_rule_states AS state
WHERE
    NOT EXISTS (
        SELECT
        FROM unnest(%(rule_ids)s::bigint[], %(versions)s::text[]) AS told (rule_id, version)
        WHERE state.rule_id = told.rule_id AND state.version = told.version
    )
    AND (
        state.evaluated_at < %(before)s
        OR NOT EXISTS (
            SELECT FROM alert_rules AS rule
            WHERE state.rule_id = rule.id AND rule.enabled
        )
    )
