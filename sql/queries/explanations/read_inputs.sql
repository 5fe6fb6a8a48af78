-- purpose: Read the verdicts on a model's features in the last window that was judged and touches another.
-- params: model_name, version, environment, window_start, window_end
-- returns: window_end, feature_name, verdict
SELECT
    result.window_end,
    result.feature_name,
    max(result.verdict) AS verdict -- the same in every row of a feature
FROM data_drift_results AS result
WHERE
    result.replay_id IS NULL
    AND result.model_name = %(model_name)s
    AND result.version = %(version)s
    AND result.environment = %(environment)s
    AND result.segment = ''
    AND result.window_end = (
        SELECT max(latest.window_end)
        FROM data_drift_results AS latest
        WHERE
            latest.replay_id IS NULL
            AND latest.model_name = %(model_name)s
            AND latest.version = %(version)s
            AND latest.environment = %(environment)s
            AND latest.segment = ''
            AND latest.window_end > %(window_start)s
            AND latest.window_end <= %(window_end)s
    )
GROUP BY result.window_end, result.feature_name
