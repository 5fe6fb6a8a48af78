-- purpose: Delete a window's results of segments that a model has no more, but for acknowledged alerts.
-- params: model_name, version, environment, window_end, segments
DELETE FROM data_drift_results AS result
WHERE
    result.replay_id IS NULL
    AND result.model_name = %(model_name)s
    AND result.version = %(version)s
    AND result.environment = %(environment)s
    AND result.window_end = %(window_end)s
    AND result.segment <> ''
    AND result.segment <> all(%(segments)s::text[])
    AND NOT EXISTS (
        SELECT
        FROM drift_alerts AS alert
        WHERE alert.drift_result_id = result.id AND alert.acknowledged
    )
