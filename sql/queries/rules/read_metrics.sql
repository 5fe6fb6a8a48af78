-- purpose: Read the newest value since a moment of metrics that were logged of models.
-- params: model_names, versions, environments, metric_names, since
-- returns: model_name, version, environment, metric_name, value
SELECT
    asked.model_name,
    asked.version,
    asked.environment,
    asked.metric_name,
    newest.metric_value AS value
FROM
    unnest(%(model_names)s::text[], %(versions)s::text[], %(environments)s::text[], %(metric_names)s::text[])
        AS asked (model_name, version, environment, metric_name)
CROSS JOIN
    LATERAL (
        SELECT logged.metric_value
        FROM model_metrics AS logged
        WHERE
            logged.model_name = asked.model_name
            AND logged.version = asked.version
            AND logged.environment = asked.environment
            AND logged.metric_name = asked.metric_name
            AND logged."timestamp" >= %(since)s
            AND logged."timestamp" <= now()
        ORDER BY logged."timestamp" DESC, logged.id DESC
        LIMIT 1
    ) AS newest
