-- purpose: Remove rules, and with them since when they hold.
-- params: ids
DELETE FROM alert_rules
WHERE id = any(%(ids)s::bigint[])
