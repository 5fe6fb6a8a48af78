-- purpose: Count the features whose explanations were judged last, since a moment, and name those that drifted.
-- params: model_names, versions, environments, since
-- returns: model_name, version, environment, judged, drifted
SELECT
    asked.model_name,
    asked.version,
    asked.environment,
    found.judged,
    found.drifted
FROM
    unnest(%(model_names)s::text[], %(versions)s::text[], %(environments)s::text[])
        AS asked (model_name, version, environment)
CROSS JOIN
    LATERAL (
        SELECT result."timestamp" AS told_at
        FROM explainability_drift_results AS result
        WHERE
            result.model_name = asked.model_name
            AND result.version = asked.version
            AND result.environment = asked.environment
            AND result."timestamp" > %(since)s
            AND result."timestamp" <= now()
        ORDER BY result."timestamp" DESC
        LIMIT 1
    ) AS newest
CROSS JOIN
    LATERAL (
        SELECT
            count(*) AS judged,
            coalesce(
                array_agg(result.feature_name ORDER BY result.feature_name) FILTER (WHERE result.drift_detected), '{}'
            ) AS drifted
        FROM explainability_drift_results AS result
        WHERE
            result.model_name = asked.model_name
            AND result.version = asked.version
            AND result.environment = asked.environment
            AND result."timestamp" = newest.told_at
    ) AS found
