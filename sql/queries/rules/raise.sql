-- purpose: Raise the alert of a rule by given metrics, unless it is raised already; return it in either case.
-- params: model_name, version, environment, alert_type, severity, message, labels, details, value, rule_id
-- returns: id, raised
WITH known AS (
    SELECT alert.id
    FROM model_alerts AS alert
    WHERE
        NOT alert.resolved
        AND alert.model_name = %(model_name)s
        AND alert.version = %(version)s
        AND alert.environment = %(environment)s
        AND alert.fingerprint IS NULL
        AND alert.labels ->> 'rule_id' = %(rule_id)s
        AND alert.details -> 'condition' = %(details)s::jsonb -> 'condition'
    ORDER BY alert.id
    LIMIT 1
),

added AS (
    INSERT INTO model_alerts (
        model_name, version, environment, alert_type, severity, message, labels, details, value
    )
    SELECT
        %(model_name)s,
        %(version)s,
        %(environment)s,
        %(alert_type)s,
        %(severity)s,
        %(message)s,
        %(labels)s::jsonb,
        %(details)s::jsonb,
        %(value)s::double precision
    WHERE NOT EXISTS (SELECT FROM known)
    RETURNING id
)

SELECT
    known.id,
    FALSE AS raised
FROM known
UNION ALL
SELECT
    added.id,
    TRUE AS raised
FROM added
