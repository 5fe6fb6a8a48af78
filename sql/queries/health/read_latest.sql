-- purpose: Read the newest score of models that was written.
-- params: model_names, versions, environments
-- returns: model_name, version, environment, timestamp, score, threshold, rule, components
SELECT
    asked.model_name,
    asked.version,
    asked.environment,
    newest."timestamp",
    newest.score,
    newest.threshold,
    newest.rule,
    newest.components
FROM
    unnest(%(model_names)s::text[], %(versions)s::text[], %(environments)s::text[])
        AS asked (model_name, version, environment)
CROSS JOIN
    LATERAL (
        SELECT
            scored."timestamp",
            scored.score,
            scored.threshold,
            scored.rule,
            scored.components
        FROM model_health_scores AS scored
        WHERE
            scored.model_name = asked.model_name
            AND scored.version = asked.version
            AND scored.environment = asked.environment
        ORDER BY scored."timestamp" DESC
        LIMIT 1
    ) AS newest
