-- purpose: Read the newest health check of models since a moment whose score is a number.
-- params: model_names, versions, environments, since
-- returns: model_name, version, environment, status, health_score, checked_at
SELECT
    asked.model_name,
    asked.version,
    asked.environment,
    newest.status,
    newest.health_score,
    newest.checked_at
FROM
    unnest(%(model_names)s::text[], %(versions)s::text[], %(environments)s::text[])
        AS asked (model_name, version, environment)
CROSS JOIN
    LATERAL (
        SELECT
            logged.status,
            logged.health_score,
            logged.checked_at
        FROM model_health_checks AS logged
        WHERE
            logged.model_name = asked.model_name
            AND logged.version = asked.version
            AND logged.environment = asked.environment
            AND logged.checked_at > %(since)s
            AND logged.checked_at <= now()
            AND logged.health_score <> 'NaN'
        ORDER BY logged.checked_at DESC, logged.id DESC
        LIMIT 1
    ) AS newest
