-- purpose: Read the importances that were logged of a model in the hours up to now, the newest first, up to a number of rows.
-- params: model_name, version, environment, hours, rows
-- returns: version, environment, feature_name, importance_value, timestamp
SELECT
    version,
    environment,
    feature_name,
    importance_value,
    "timestamp"
FROM feature_importance_history
WHERE
    model_name = %(model_name)s
    AND (%(version)s::text IS NULL OR version = %(version)s)
    AND (%(environment)s::text IS NULL OR environment = %(environment)s)
    AND "timestamp" > now() - %(hours)s::double precision * INTERVAL '1 hour'
    AND "timestamp" <= now()
ORDER BY "timestamp" DESC, created_at DESC, id DESC
LIMIT %(rows)s
