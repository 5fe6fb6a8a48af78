-- purpose: Read the importances of a model in a span of time, the oldest first, up to a number of rows.
-- params: model_name, version, environment, span_start, span_end, most
-- returns: at, feature_name, importance_value
SELECT
    "timestamp" AS at,
    feature_name,
    importance_value
FROM feature_importance_history
WHERE
    model_name = %(model_name)s
    AND version = %(version)s
    AND environment = %(environment)s
    AND "timestamp" >= coalesce(%(span_start)s::timestamptz, '-infinity')
    AND "timestamp" < coalesce(%(span_end)s::timestamptz, now() + INTERVAL '5 minutes')
ORDER BY "timestamp" ASC, created_at ASC, id ASC
LIMIT %(most)s
