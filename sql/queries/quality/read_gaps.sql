-- purpose: Find each model's longest gaps between minutes with predictions, and since when it has any, in a span.
-- params: since, longest
-- returns: model_name, version, environment, first_at, gap_start, gap_end
WITH minutes AS (
    SELECT DISTINCT
        model_name,
        version,
        environment,
        bucket_start
    FROM traffic_rollups
    WHERE bucket_start >= %(since)s
),

gaps AS (
    SELECT
        model_name,
        version,
        environment,
        bucket_start AS gap_end,
        lag(bucket_start) OVER of_model AS gap_start,
        first_value(bucket_start) OVER of_model AS first_at
    FROM minutes
    WINDOW of_model AS (PARTITION BY model_name, version, environment ORDER BY bucket_start)
),

ranked AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY model_name, version, environment ORDER BY gap_end - gap_start DESC NULLS LAST
        ) AS place
    FROM gaps
)

SELECT
    model_name,
    version,
    environment,
    first_at,
    gap_start,
    gap_end
FROM ranked
WHERE place <= %(longest)s
ORDER BY model_name, version, environment, place
