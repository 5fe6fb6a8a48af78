-- purpose: Withdraw a window's alerts, unless acknowledged, on features that its new judgement does not find drifted.
-- params: model_name, version, environment, window_end, features
DELETE FROM drift_alerts AS alert
USING data_drift_results AS result
WHERE
    alert.drift_result_id = result.id
    AND NOT alert.acknowledged
    AND result.replay_id IS NULL
    AND result.model_name = %(model_name)s
    AND result.version = %(version)s
    AND result.environment = %(environment)s
    AND result.window_end = %(window_end)s
    AND NOT result.feature_name = any(%(features)s::text[])
