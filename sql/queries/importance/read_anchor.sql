-- purpose: Read when the last compared logging of a model up to a moment began.
-- params: model_name, version, environment, until
-- returns: at
SELECT max("timestamp") AS at
FROM feature_importance_comparisons
WHERE
    model_name = %(model_name)s
    AND version = %(version)s
    AND environment = %(environment)s
    AND basis = 'logged'
    AND "timestamp" <= %(until)s
