-- purpose: Delete what the features of segments that a model has no more came to in a window.
-- params: model_name, version, environment, window_end, segments
DELETE FROM dataset_drift_results
WHERE
    replay_id IS NULL
    AND model_name = %(model_name)s
    AND version = %(version)s
    AND environment = %(environment)s
    AND window_end = %(window_end)s
    AND segment <> ''
    AND segment <> all(%(segments)s::text[])
