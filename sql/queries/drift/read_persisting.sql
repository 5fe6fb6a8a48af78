-- purpose: Read which features of a model drifted in each of the last windows that were judged before a moment.
-- params: model_name, version, environment, segment, before, windows
-- returns: feature_name
WITH judged AS (
    SELECT DISTINCT window_end
    FROM dataset_drift_results
    WHERE
        replay_id IS NULL
        AND model_name = %(model_name)s
        AND version = %(version)s
        AND environment = %(environment)s
        AND segment = %(segment)s
        AND window_end < %(before)s
    ORDER BY window_end DESC
    LIMIT %(windows)s
)

SELECT result.feature_name
FROM data_drift_results AS result
INNER JOIN judged ON result.window_end = judged.window_end
WHERE
    result.replay_id IS NULL
    AND result.model_name = %(model_name)s
    AND result.version = %(version)s
    AND result.environment = %(environment)s
    AND result.segment = %(segment)s
    AND result.drift_detected
GROUP BY result.feature_name
HAVING count(DISTINCT result.window_end) = %(windows)s
