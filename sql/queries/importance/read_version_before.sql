-- purpose: Read the last logging of any other version of a model before a moment.
-- params: model_name, environment, version, before
-- returns: version, at
SELECT
    version,
    "timestamp" AS at
FROM feature_importance_comparisons
WHERE
    model_name = %(model_name)s
    AND environment = %(environment)s
    AND version <> %(version)s
    AND basis = 'logged'
    AND "timestamp" < %(before)s
ORDER BY "timestamp" DESC, version DESC
LIMIT 1
