-- purpose: Read what was logged last of the importances of each version of a model, all within a span; the newest row first.
-- params: model_name, span
-- returns: version, environment, feature_name, importance_value, timestamp
WITH RECURSIVE logged AS (
    -- the index is entered once for each version, not read
    (
        SELECT
            model_name,
            version,
            environment
        FROM feature_importance_history
        WHERE model_name = %(model_name)s
        ORDER BY model_name, version, environment
        LIMIT 1
    )
    UNION ALL
    SELECT
        following.model_name,
        following.version,
        following.environment
    FROM logged
    CROSS JOIN
        LATERAL (
            SELECT
                one.model_name,
                one.version,
                one.environment
            FROM feature_importance_history AS one
            WHERE
                one.model_name = %(model_name)s
                AND (one.version, one.environment) > (logged.version, logged.environment)
            ORDER BY one.model_name, one.version, one.environment
            LIMIT 1
        ) AS following
)

SELECT
    logged.version,
    logged.environment,
    history.feature_name,
    history.importance_value,
    history."timestamp"
FROM logged
CROSS JOIN
    LATERAL (
        SELECT max(one."timestamp") AS at
        FROM feature_importance_history AS one
        WHERE
            one.model_name = logged.model_name
            AND one.version = logged.version
            AND one.environment = logged.environment
            AND one."timestamp" <= now()
    ) AS newest
CROSS JOIN
    LATERAL (
        SELECT
            one.feature_name,
            one.importance_value,
            one."timestamp",
            one.created_at,
            one.id
        FROM feature_importance_history AS one
        WHERE
            one.model_name = logged.model_name
            AND one.version = logged.version
            AND one.environment = logged.environment
            AND one."timestamp" > newest.at - %(span)s::interval
            AND one."timestamp" <= newest.at
        ORDER BY one."timestamp" ASC, one.created_at ASC, one.id ASC
    ) AS history
ORDER BY
    newest.at DESC,
    logged.version ASC,
    logged.environment ASC,
    history."timestamp" ASC,
    history.created_at ASC,
    history.id ASC
