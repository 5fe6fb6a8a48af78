-- purpose: Read the importances of a model's features that were logged last up to a moment, all within an hour.
-- params: model_name, version, environment, until
-- returns: feature_name, importance_value
SELECT DISTINCT ON (history.feature_name)
    history.feature_name,
    history.importance_value
FROM feature_importance_history AS history
WHERE
    history.model_name = %(model_name)s
    AND history.version = %(version)s
    AND history.environment = %(environment)s
    AND history.importance_value NOT IN ('NaN', 'Infinity', '-Infinity')
    AND history."timestamp" <= %(until)s
    AND history."timestamp" > (
        SELECT max(latest."timestamp") - INTERVAL '1 hour'
        FROM feature_importance_history AS latest
        WHERE
            latest.model_name = %(model_name)s
            AND latest.version = %(version)s
            AND latest.environment = %(environment)s
            AND latest."timestamp" <= %(until)s
    )
ORDER BY history.feature_name ASC, history."timestamp" DESC, history.created_at DESC
