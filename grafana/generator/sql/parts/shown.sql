-- Of the features in `judged` the one that is farthest from its reference.
shown AS (
    SELECT *
    FROM judged
    ORDER BY (verdict = 'drifted') DESC, ratio DESC NULLS LAST, feature_name, version, environment
    LIMIT 1
)
