-- purpose: Delete the rows of a window's earlier judgement that its new one has not written, but for acknowledged alerts.
-- params: model_name, version, environment, segment, window_end, features, tests
DELETE FROM data_drift_results AS result
WHERE
    result.replay_id IS NULL
    AND result.model_name = %(model_name)s
    AND result.version = %(version)s
    AND result.environment = %(environment)s
    AND result.segment = %(segment)s
    AND result.window_end = %(window_end)s
    AND NOT EXISTS (
        SELECT
        FROM unnest(%(features)s::text[], %(tests)s::text[]) AS written (feature_name, statistical_test)
        WHERE written.feature_name = result.feature_name AND written.statistical_test = result.statistical_test
    )
    AND NOT EXISTS (
        SELECT
        FROM drift_alerts AS alert
        WHERE alert.drift_result_id = result.id AND alert.acknowledged
    )
