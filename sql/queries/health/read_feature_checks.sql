-- purpose: Count the checks of features that models have in their last judged windows, and name those that found a fault.
-- params: model_names, versions, environments, window_ends
-- returns: model_name, version, environment, judged, faulty
SELECT
    asked.model_name,
    asked.version,
    asked.environment,
    count(*) AS judged,
    coalesce(
        array_agg(result.statistical_test || ' of ' || result.feature_name ORDER BY result.feature_name)
        FILTER (WHERE result.drift_detected),
        '{}'
    ) AS faulty
FROM
    unnest(%(model_names)s::text[], %(versions)s::text[], %(environments)s::text[], %(window_ends)s::timestamptz[])
        AS asked (model_name, version, environment, window_end)
INNER JOIN data_drift_results AS result
    ON
        asked.model_name = result.model_name
        AND asked.version = result.version
        AND asked.environment = result.environment
        AND asked.window_end = result.window_end
WHERE
    result.replay_id IS NULL
    AND result.segment = ''
    AND result.statistical_test IN ('missing_share', 'unseen_share', 'out_of_range_share', 'invalid_share')
    AND (result.drift_detected OR (result.verdict IN ('stable', 'drifted') AND result.adjusted_p_value IS NOT NULL))
GROUP BY asked.model_name, asked.version, asked.environment
