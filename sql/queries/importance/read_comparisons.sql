-- purpose: Read which loggings of all versions of a model are compared, from a moment on, the oldest first.
-- params: model_name, environment, since
-- returns: id, version, at, compared_with, fingerprint
SELECT
    id,
    version,
    "timestamp" AS at,
    compared_with,
    fingerprint
FROM feature_importance_comparisons
WHERE
    model_name = %(model_name)s
    AND environment = %(environment)s
    AND basis = 'logged'
    AND "timestamp" >= %(since)s
ORDER BY "timestamp" ASC, version ASC
