-- purpose: Read the newest comparison of each model's versions that were compared last, up to a number of them.
-- params: versions
-- returns: id, model_name, version, environment, basis, timestamp, compared_with, previous_version, stable, changed, appeared, vanished, ndcg, ndcg_threshold, spearman, kendall, threshold, drifted
WITH RECURSIVE compared AS (
    -- the index is entered once for each version, not read
    (
        SELECT
            model_name,
            environment,
            version
        FROM feature_importance_comparisons
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
                (one.model_name, one.environment, one.version)
                > (compared.model_name, compared.environment, compared.version)
            ORDER BY one.model_name, one.environment, one.version
            LIMIT 1
        ) AS following
),

latest AS (
    SELECT
        newest.*,
        row_number() OVER (
            PARTITION BY newest.model_name, newest.environment ORDER BY newest."timestamp" DESC, newest.version DESC
        ) AS place
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
        ) AS newest
)

SELECT
    latest.id,
    latest.model_name,
    latest.version,
    latest.environment,
    latest.basis,
    latest."timestamp",
    latest.compared_with,
    latest.previous_version,
    counts.stable,
    counts.changed,
    counts.appeared,
    counts.vanished,
    latest.ndcg,
    latest.ndcg_threshold,
    latest.spearman,
    latest.kendall,
    latest.threshold,
    latest.drifted
FROM latest
CROSS JOIN
    LATERAL (
        SELECT
            count(*) FILTER (WHERE feature.state = 'stable') AS stable,
            count(*) FILTER (WHERE feature.state = 'changed') AS changed,
            count(*) FILTER (WHERE feature.state = 'appeared') AS appeared,
            count(*) FILTER (WHERE feature.state = 'vanished') AS vanished
        FROM feature_importance_drift AS feature
        WHERE feature.comparison_id = latest.id
    ) AS counts
WHERE latest.place <= %(versions)s
