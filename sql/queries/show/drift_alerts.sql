-- purpose: Read the newest drift alerts of a model that were raised in the hours up to now, but for those of a replay.
-- params: model_name, version, environment, segment, hours, rows
-- returns: version, environment, segment, severity, message, feature_name, statistical_test, p_value, adjusted_p_value, effect, threshold, acknowledged, created_at
SELECT
    result.version,
    result.environment,
    result.segment,
    alert.severity,
    alert.message,
    result.feature_name,
    result.statistical_test,
    result.p_value,
    result.adjusted_p_value,
    result.effect,
    result.threshold,
    alert.acknowledged,
    alert.created_at
FROM drift_alerts AS alert
INNER JOIN data_drift_results AS result ON alert.drift_result_id = result.id
WHERE
    alert.created_at > now() - %(hours)s::double precision * INTERVAL '1 hour'
    AND alert.created_at <= now()
    AND result.replay_id IS NULL
    AND result.model_name = %(model_name)s
    AND (%(version)s::text IS NULL OR result.version = %(version)s)
    AND (%(environment)s::text IS NULL OR result.environment = %(environment)s)
    AND (%(segment)s::text IS NULL OR result.segment = %(segment)s)
ORDER BY alert.created_at DESC, alert.id DESC
LIMIT %(rows)s
