-- purpose: List the models that importances were ever logged of, with the newest row of each and its newest comparison.
-- returns: model_name, version, environment, newest_at, compared_at
WITH RECURSIVE logged AS (
    -- the index is entered once for each model, not read
    (
        SELECT
            model_name,
            version,
            environment
        FROM feature_importance_history
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
                row.model_name,
                row.version,
                row.environment
            FROM feature_importance_history AS row
            WHERE
                (row.model_name, row.version, row.environment)
                > (logged.model_name, logged.version, logged.environment)
            ORDER BY row.model_name, row.version, row.environment
            LIMIT 1
        ) AS following
)

SELECT
    logged.model_name,
    logged.version,
    logged.environment,
    newest.at AS newest_at,
    compared.at AS compared_at
FROM logged
CROSS JOIN
    LATERAL (
        SELECT max(history."timestamp") AS at
        FROM feature_importance_history AS history
        WHERE
            history.model_name = logged.model_name
            AND history.version = logged.version
            AND history.environment = logged.environment
            AND history."timestamp" <= now() + INTERVAL '5 minutes'
    ) AS newest
CROSS JOIN
    LATERAL (
        SELECT max(comparison."timestamp") AS at
        FROM feature_importance_comparisons AS comparison
        WHERE
            comparison.model_name = logged.model_name
            AND comparison.version = logged.version
            AND comparison.environment = logged.environment
            AND comparison.basis = 'logged'
    ) AS compared
WHERE newest.at IS NOT NULL
