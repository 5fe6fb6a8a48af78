-- purpose: Raise the alert of a drifted feature on the result that decided it, once a segment, feature and window.
-- params: model_name, version, environment, segment, window_end, feature_name, statistical_test, severity, message
INSERT INTO drift_alerts AS raised (drift_result_id, severity, message)
SELECT
    result.id,
    %(severity)s,
    %(message)s
FROM data_drift_results AS result
WHERE
    result.replay_id IS NULL
    AND result.model_name = %(model_name)s
    AND result.version = %(version)s
    AND result.environment = %(environment)s
    AND result.segment = %(segment)s
    AND result.window_end = %(window_end)s
    AND result.feature_name = %(feature_name)s
    AND result.statistical_test = %(statistical_test)s
    AND NOT EXISTS (
        SELECT
        FROM drift_alerts AS kept
        INNER JOIN data_drift_results AS other ON kept.drift_result_id = other.id
        WHERE
            other.replay_id IS NULL
            AND other.model_name = result.model_name
            AND other.version = result.version
            AND other.environment = result.environment
            AND other.segment = result.segment
            AND other.window_end = result.window_end
            AND other.feature_name = result.feature_name
            AND other.id <> result.id
    )
ON CONFLICT (drift_result_id) DO UPDATE SET
    severity = excluded.severity,
    message = excluded.message
WHERE NOT raised.acknowledged
