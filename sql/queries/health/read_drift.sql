-- purpose: Read the last judged window of models that ends after a moment, all features together.
-- params: model_names, versions, environments, since
-- returns: model_name, version, environment, window_end, told_at, drifted_features, judged_features, drifted_share, drifted_weight, reason
SELECT
    asked.model_name,
    asked.version,
    asked.environment,
    newest.window_end,
    newest."timestamp" AS told_at,
    newest.drifted_features,
    newest.judged_features,
    newest.drifted_share,
    newest.drifted_weight,
    newest.reason
FROM
    unnest(%(model_names)s::text[], %(versions)s::text[], %(environments)s::text[])
        AS asked (model_name, version, environment)
CROSS JOIN
    LATERAL (
        SELECT
            result.window_end,
            result."timestamp",
            result.drifted_features,
            result.judged_features,
            CASE WHEN result.verdict IN ('stable', 'drifted') THEN result.drifted_share END AS drifted_share,
            result.drifted_weight,
            result.reason
        FROM dataset_drift_results AS result
        WHERE
            result.replay_id IS NULL
            AND result.model_name = asked.model_name
            AND result.version = asked.version
            AND result.environment = asked.environment
            AND result.segment = ''
            AND result.window_end > %(since)s
        ORDER BY result.window_end DESC
        LIMIT 1
    ) AS newest
