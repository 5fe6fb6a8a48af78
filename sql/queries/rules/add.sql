-- purpose: Add a rule; the table refuses one that says nothing.
-- params: model_name, environment, alert_type, severity, condition, created_by
-- returns: id
INSERT INTO alert_rules (model_name, environment, alert_type, severity, condition, created_by)
VALUES (%(model_name)s, %(environment)s, %(alert_type)s, %(severity)s, %(condition)s::jsonb, %(created_by)s)
RETURNING id
