-- purpose: Find the ids that no rule has.
-- params: ids
-- returns: id
SELECT asked.id
FROM unnest(%(ids)s::bigint[]) AS asked (id)
LEFT JOIN alert_rules AS rule ON asked.id = rule.id
WHERE rule.id IS NULL
ORDER BY asked.id
