-- purpose: Read when a model's importances were logged first.
-- params: model_name, version, environment
-- returns: at
SELECT min("timestamp") AS at
FROM feature_importance_history
WHERE
    model_name = %(model_name)s
    AND version = %(version)s
    AND environment = %(environment)s
