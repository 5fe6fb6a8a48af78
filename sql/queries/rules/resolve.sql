-- purpose: End the alert that a rule has raised by given metrics.
-- params: model_name, version, environment, rule_id
UPDATE model_alerts
SET resolved = TRUE, resolved_at = now(), resolution = 'evaluated'
WHERE
    NOT resolved
    AND model_name = %(model_name)s
    AND version = %(version)s
    AND environment = %(environment)s
    AND fingerprint IS NULL
    AND labels ->> 'rule_id' = %(rule_id)s
