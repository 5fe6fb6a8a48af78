-- purpose: Read which features of a model drifted in every one of some windows.
-- params: model_name, version, environment, window_ends
-- returns: feature_name
SELECT feature_name
FROM data_drift_results
WHERE
    replay_id IS NULL
    AND model_name = %(model_name)s
    AND version = %(version)s
    AND environment = %(environment)s
    AND window_end = any(%(window_ends)s)
    AND drift_detected
GROUP BY feature_name
HAVING count(DISTINCT window_end) = cardinality(%(window_ends)s)
