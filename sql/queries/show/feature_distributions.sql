-- purpose: Read how features were distributed in the reference and in the last judged window of a model.
-- params: model_name, version, environment, hours, features
-- returns: version, environment, feature_name, feature_kind, window_start, window_end, reference_distribution, current_distribution
SELECT
    result.version,
    result.environment,
    result.feature_name,
    result.feature_kind,
    result.window_start,
    result.window_end,
    result.reference_distribution,
    result.current_distribution
FROM (
    SELECT DISTINCT ON (version, environment) *
    FROM dataset_drift_results
    WHERE
        replay_id IS NULL
        AND segment = ''
        AND model_name = %(model_name)s
        AND "timestamp" > now() - %(hours)s::double precision * INTERVAL '1 hour'
        AND (%(version)s::text IS NULL OR version = %(version)s)
        AND (%(environment)s::text IS NULL OR environment = %(environment)s)
    ORDER BY version ASC, environment ASC, window_end DESC
) AS latest
INNER JOIN data_drift_results AS result
    ON
        latest.model_name = result.model_name
        AND latest.version = result.version
        AND latest.environment = result.environment
        AND latest.segment = result.segment
        AND latest.window_end = result.window_end
WHERE
    result.replay_id IS NULL
    AND result.reference_distribution IS NOT NULL
    AND result.current_distribution IS NOT NULL
    AND (%(features)s::text[] IS NULL OR result.feature_name = any(%(features)s))
ORDER BY result.version, result.environment, result.feature_name
