-- purpose: List the features beside a reference that have attributions in a window of a model.
-- params: reference_id, model_name, version, environment, window_start, window_end
-- returns: feature_name
SELECT DISTINCT feature_name
FROM attribution_strangers
WHERE
    reference_id = %(reference_id)s
    AND model_name = %(model_name)s
    AND version = %(version)s
    AND environment = %(environment)s
    AND first_at < %(window_end)s
    AND last_at >= %(window_start)s
ORDER BY feature_name
