-- purpose: Read how long models may be silent, in seconds, as their newest check since a moment knew it.
-- params: model_names, versions, environments, check_name, since
-- returns: model_name, version, environment, limit_seconds
SELECT
    asked.model_name,
    asked.version,
    asked.environment,
    newest.threshold AS limit_seconds
FROM
    unnest(%(model_names)s::text[], %(versions)s::text[], %(environments)s::text[])
        AS asked (model_name, version, environment)
CROSS JOIN
    LATERAL (
        SELECT result.threshold
        FROM data_quality_results AS result
        WHERE
            result.model_name = asked.model_name
            AND result.version = asked.version
            AND result.environment = asked.environment
            AND result.check_name = %(check_name)s
            AND result.feature_name = ''
            AND result.window_end > %(since)s
        ORDER BY result.window_end DESC
        LIMIT 1
    ) AS newest
