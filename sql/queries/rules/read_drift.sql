-- purpose: Read the last judged window of models that ends after a moment: how far it drifted, and which features did.
-- params: model_names, versions, environments, since
-- returns: model_name, version, environment, drifted_features, judged_features, drifted_share, drifted_weight, score, judged, drifted
SELECT
    asked.model_name,
    asked.version,
    asked.environment,
    newest.drifted_features,
    newest.judged_features,
    newest.drifted_share,
    newest.drifted_weight,
    newest.score,
    found.judged,
    found.drifted
FROM
    unnest(%(model_names)s::text[], %(versions)s::text[], %(environments)s::text[])
        AS asked (model_name, version, environment)
CROSS JOIN
    LATERAL (
        SELECT
            result.window_end,
            result.drifted_features,
            result.judged_features,
            CASE WHEN result.verdict IN ('stable', 'drifted') THEN result.drifted_share END AS drifted_share,
            result.drifted_weight,
            result.score
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
CROSS JOIN
    LATERAL (
        SELECT
            coalesce(
                array_agg(DISTINCT result.feature_name) FILTER (WHERE result.verdict IN ('stable', 'drifted')), '{}'
            ) AS judged,
            coalesce(array_agg(DISTINCT result.feature_name) FILTER (WHERE result.verdict = 'drifted'), '{}') AS drifted
        FROM data_drift_results AS result
        WHERE
            result.replay_id IS NULL
            AND result.model_name = asked.model_name
            AND result.version = asked.version
            AND result.environment = asked.environment
            AND result.segment = ''
            AND result.window_end = newest.window_end
    ) AS found
