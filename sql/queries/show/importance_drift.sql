-- purpose: Read the newest comparison of a model's importances, of each version, feature by feature; the version logged last first.
-- params: model_name, version, environment
-- returns: id, version, environment, basis, timestamp, compared_with, previous_version, previous_timestamp, drifted, reason, ndcg, ndcg_threshold, spearman, kendall, threshold, relative_threshold, normalised, appeared, vanished, left_out, feature_name, previous_importance, current_importance, importance_change, relative_change, previous_rank, current_rank, rank_change, state, drift_detected
WITH RECURSIVE compared AS (
    -- the index is entered once for each version, not read
    (
        SELECT
            model_name,
            environment,
            version
        FROM feature_importance_comparisons
        WHERE model_name = %(model_name)s
        ORDER BY model_name, environment, version
        LIMIT 1
    )
    UNION ALL
    SELECT
        following.model_name,
        following.environment,
        following.version
    FROM compared
    CROSS JOIN
        LATERAL (
            SELECT
                one.model_name,
                one.environment,
                one.version
            FROM feature_importance_comparisons AS one
            WHERE
                one.model_name = %(model_name)s
                AND (one.environment, one.version) > (compared.environment, compared.version)
            ORDER BY one.model_name, one.environment, one.version
            LIMIT 1
        ) AS following
)

SELECT
    latest.id,
    latest.version,
    latest.environment,
    latest.basis,
    latest."timestamp",
    latest.compared_with,
    latest.previous_version,
    latest.previous_timestamp,
    latest.drifted,
    latest.reason,
    latest.ndcg,
    latest.ndcg_threshold,
    latest.spearman,
    latest.kendall,
    latest.threshold,
    latest.relative_threshold,
    latest.normalised,
    latest.appeared,
    latest.vanished,
    latest.left_out,
    feature.feature_name,
    feature.previous_importance,
    feature.current_importance,
    feature.importance_change,
    feature.relative_change,
    feature.previous_rank,
    feature.current_rank,
    feature.rank_change,
    feature.state,
    feature.drift_detected
FROM compared
CROSS JOIN
    LATERAL (
        SELECT one.*
        FROM feature_importance_comparisons AS one
        WHERE
            one.model_name = compared.model_name
            AND one.environment = compared.environment
            AND one.version = compared.version
            AND one.basis = 'logged'
        ORDER BY one."timestamp" DESC
        LIMIT 1
    ) AS latest
LEFT JOIN feature_importance_drift AS feature ON latest.id = feature.comparison_id
WHERE
    (%(version)s::text IS NULL OR compared.version = %(version)s)
    AND (%(environment)s::text IS NULL OR compared.environment = %(environment)s)
ORDER BY
    latest."timestamp" DESC,
    latest.version ASC,
    latest.environment ASC,
    feature.current_rank ASC NULLS LAST,
    feature.previous_rank ASC,
    feature.feature_name ASC
