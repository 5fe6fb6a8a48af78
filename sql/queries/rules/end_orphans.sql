-- purpose: End the alerts by given metrics, of one model or of all, whose rule was removed, disabled or changed since; what another session holds is left to the next call.
-- params: model_name, version, environment
-- returns: id
WITH orphan AS (
    SELECT
        alert.id,
        CASE
            WHEN rule.id IS NULL THEN 'rule removed'
            WHEN NOT rule.enabled THEN 'rule disabled'
            ELSE 'rule changed'
        END AS resolution
    FROM model_alerts AS alert
    LEFT JOIN alert_rules AS rule ON alert.labels ->> 'rule_id' = rule.id::text
    WHERE
        NOT alert.resolved
        AND alert.fingerprint IS NULL
        AND alert.labels ? 'rule_id' -- others insert alerts, too, and end them themselves
        AND alert.details ? 'condition'
        AND (%(model_name)s::text IS NULL OR alert.model_name = %(model_name)s)
        AND (%(version)s::text IS NULL OR alert.version = %(version)s)
        AND (%(environment)s::text IS NULL OR alert.environment = %(environment)s)
        AND (
            rule.id IS NULL
            OR NOT rule.enabled
            OR (rule.model_name, rule.environment, rule.alert_type, rule.severity, rule.condition)
            <> (alert.model_name, alert.environment, alert.alert_type, alert.severity, alert.details -> 'condition')
        )
    ORDER BY alert.id
    FOR UPDATE OF alert SKIP LOCKED
)

UPDATE model_alerts AS alert
SET resolved = TRUE, resolved_at = now(), resolution = orphan.resolution
FROM orphan
WHERE alert.id = orphan.id
RETURNING alert.id
