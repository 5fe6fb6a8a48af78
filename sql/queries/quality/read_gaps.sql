-- purpose: Find a model's longest gaps between minutes with predictions since a moment, and its first minute since then.
-- params: model_name, version, environment, since, longest
-- returns: first_at, gap_start, gap_end
WITH minutes AS (
    SELECT DISTINCT bucket_start
    FROM traffic_rollups
    WHERE
        model_name = %(model_name)s
        AND version = %(version)s
        AND environment = %(environment)s
        AND bucket_start >= %(since)s
),

gaps AS (
    SELECT
        bucket_start AS gap_end,
        lag(bucket_start) OVER (ORDER BY bucket_start) AS gap_start,
        first_value(bucket_start) OVER (ORDER BY bucket_start) AS first_at
    FROM minutes
)

SELECT
    first_at,
    gap_start,
    gap_end
FROM gaps
ORDER BY gap_end - gap_start DESC NULLS LAST
LIMIT %(longest)s
