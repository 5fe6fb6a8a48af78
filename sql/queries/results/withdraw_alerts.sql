-- purpose: Withdraw a window's alerts, unless acknowledged, on results that do not decide its new judgement.
-- params: model_name, version, environment, segment, window_end, features, tests
DELETE FROM drift_alerts AS alert
USING data_drift_results AS result
WHERE
    alert.drift_result_id = result.id
    AND NOT alert.acknowledged
    AND result.replay_id IS NULL
    AND result.model_name = %(model_name)s
    AND result.version = %(version)s
    AND result.environment = %(environment)s
    AND result.segment = %(segment)s
    AND result.window_end = %(window_end)s
    AND NOT EXISTS (
        SELECT
        FROM unnest(%(features)s::text[], %(tests)s::text[]) AS deciding (feature_name, statistical_test)
        WHERE deciding.feature_name = result.feature_name AND deciding.statistical_test = result.statistical_test
    )
