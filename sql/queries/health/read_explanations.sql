-- purpose: Count the features whose explanations, of any type, were judged in its newest window since a moment, and name those that drifted.
-- params: model_names, versions, environments, since
-- returns: model_name, version, environment, judged, drifted
WITH newest AS (
    SELECT
        asked.model_name,
        asked.version,
        asked.environment,
        kind.explanation_type,
        summary.window_end,
        summary.verdict = 'drifted' AND summary.drifted_features = 0 AS reordered
    FROM
        unnest(%(model_names)s::text[], %(versions)s::text[], %(environments)s::text[])
            AS asked (model_name, version, environment)
    CROSS JOIN (VALUES ('shap'), ('lime')) AS kind (explanation_type)
    CROSS JOIN
        LATERAL (
            SELECT
                one.window_end,
                one.verdict,
                one.drifted_features
            FROM explanation_drift_summaries AS one
            WHERE
                one.model_name = asked.model_name
                AND one.version = asked.version
                AND one.environment = asked.environment
                AND one.explanation_type = kind.explanation_type
                AND one."timestamp" > %(since)s
            ORDER BY one.window_end DESC
            LIMIT 1
        ) AS summary
),

judged AS (
    SELECT
        newest.model_name,
        newest.version,
        newest.environment,
        result.feature_name,
        bool_or(result.drift_detected) AS drifted
    FROM newest
    CROSS JOIN
        LATERAL (
            SELECT
                one.feature_name,
                one.drift_detected
            FROM explainability_drift_results AS one
            WHERE
                one.model_name = newest.model_name
                AND one.version = newest.version
                AND one.environment = newest.environment
                AND one.explanation_type = newest.explanation_type
                AND one.window_end = newest.window_end
                AND one.verdict IN ('stable', 'drifted')
        ) AS result
    GROUP BY newest.model_name, newest.version, newest.environment, result.feature_name
    UNION ALL
    SELECT
        newest.model_name,
        newest.version,
        newest.environment,
        'their order' AS feature_name, -- no feature drifted, but all of them together
        TRUE AS drifted
    FROM newest
    WHERE newest.reordered
    GROUP BY newest.model_name, newest.version, newest.environment
)

SELECT
    model_name,
    version,
    environment,
    count(*) AS judged,
    coalesce(array_agg(feature_name ORDER BY feature_name) FILTER (WHERE drifted), '{}') AS drifted
FROM judged
GROUP BY model_name, version, environment
