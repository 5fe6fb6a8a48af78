-- purpose: Delete old comparisons of importances, but the newest of each version, and what that and younger ones were compared with.
-- params: before
WITH kept AS (
    SELECT one.*
    FROM feature_importance_comparisons AS one
    WHERE
        one."timestamp" >= %(before)s
        OR NOT EXISTS (
            SELECT 1
            FROM feature_importance_comparisons AS later
            WHERE
                later.model_name = one.model_name
                AND later.environment = one.environment
                AND later.version = one.version
                AND later.basis = one.basis
                AND later."timestamp" > one."timestamp"
        )
)

DELETE FROM feature_importance_comparisons
WHERE
    "timestamp" < %(before)s
    AND id NOT IN (
        SELECT kept.id
        FROM kept
        UNION ALL
        SELECT previous.id
        FROM kept
        INNER JOIN feature_importance_comparisons AS previous
            ON
                kept.model_name = previous.model_name
                AND kept.environment = previous.environment
                AND kept.previous_version = previous.version
                AND kept.basis = previous.basis
                AND kept.previous_timestamp = previous."timestamp"
        WHERE previous."timestamp" < %(before)s
    )
