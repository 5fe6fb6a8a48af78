-- purpose: Put rules in force or out of it.
-- params: ids, enabled
UPDATE alert_rules
SET enabled = %(enabled)s
WHERE id = any(%(ids)s::bigint[]) AND enabled <> %(enabled)s
