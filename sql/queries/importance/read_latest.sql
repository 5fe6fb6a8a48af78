-- purpose: Read the importances that were logged last, up to a moment, of a model's features.
-- params: model_name, version, environment, until
-- returns: feature_name, importance_value
SELECT
    feature_name,
    importance_value
FROM feature_importance_history
WHERE
    model_name = %(model_name)s
    AND version = %(version)s
    AND environment = %(environment)s
    AND importance_value NOT IN ('NaN', 'Infinity', '-Infinity')
    AND "timestamp" = (
        SELECT max(latest."timestamp")
        FROM feature_importance_history AS latest
        WHERE
            latest.model_name = %(model_name)s
            AND latest.version = %(version)s
            AND latest.environment = %(environment)s
            AND latest."timestamp" <= %(until)s
    )
ORDER BY created_at, id
