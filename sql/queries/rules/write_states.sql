-- purpose: Keep whether rules hold of versions, and since when without a break; one that was not looked at for a while starts over.
-- params: rule_ids, versions, conditions, waits, holds, held_values, tolerance
-- returns: rule_id, version, holding_since, fires
INSERT INTO alert_rule_states AS known (
    rule_id, version, condition, in_force_since, wait, holds, value, holding_since, evaluated_at
)
SELECT
    rule.id,
    told.version,
    told.condition::jsonb,
    rule.in_force_since,
    told.wait,
    told.holds,
    told.value,
    CASE WHEN told.holds THEN now() END,
    now()
FROM
    unnest(
        %(rule_ids)s::bigint[],
        %(versions)s::text[],
        %(conditions)s::text[],
        %(waits)s::interval[],
        %(holds)s::boolean[],
        %(held_values)s::double precision[]
    ) AS told (rule_id, version, condition, wait, holds, value)
INNER JOIN alert_rules AS rule ON told.rule_id = rule.id AND rule.enabled -- it may have gone since it was read
ORDER BY rule.id, told.version -- as every exporter does, so that none waits for another in a ring
ON CONFLICT (rule_id, version)
DO UPDATE
    SET
        condition = excluded.condition,
        in_force_since = excluded.in_force_since,
        wait = excluded.wait,
        holds = excluded.holds,
        value = excluded.value,
        holding_since = CASE
            WHEN
                excluded.holds
                AND known.condition = excluded.condition
                AND known.in_force_since = excluded.in_force_since
                AND known.evaluated_at >= now() - %(tolerance)s::interval
                THEN coalesce(known.holding_since, now())
            WHEN excluded.holds THEN now()
        END,
        evaluated_at = greatest(known.evaluated_at, now())
RETURNING rule_id, version, holding_since, coalesce(holding_since + wait <= evaluated_at, FALSE) AS fires
