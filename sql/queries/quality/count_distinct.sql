-- purpose: Count the distinct values of texts among a model's newest rows in a window: of each, as many values as the largest of the ascending sizes that there are.
-- params: model_name, version, environment, window_start, window_end, most, feature_names, sizes
-- returns: feature_name, distinct_values, rows
WITH newest AS (
    -- joined with nothing, so that a long document is unpacked once, not once for each of its texts
    SELECT
        "timestamp",
        features || '{}' AS features
    FROM prediction_logs
    WHERE
        model_name = %(model_name)s
        AND version = %(version)s
        AND environment = %(environment)s
        AND "timestamp" >= %(window_start)s
        AND "timestamp" < %(window_end)s
    ORDER BY "timestamp" DESC
    LIMIT %(most)s
),

-- materialized, so that only fingerprints are sorted below, not whole documents
known AS MATERIALIZED (
    SELECT
        feature.place AS feature,
        newest."timestamp",
        feature.fingerprint
    FROM newest
    CROSS JOIN
        LATERAL (
            SELECT
                wanted.place,
                hashtextextended(newest.features ->> wanted.feature_name, 0) AS fingerprint
            FROM unnest(%(feature_names)s::text[]) WITH ORDINALITY AS wanted (feature_name, place)
            WHERE jsonb_typeof(newest.features -> wanted.feature_name) IN ('string', 'number', 'boolean')
            ORDER BY wanted.place -- row by row: else all documents are kept, and gone through once for each text
        ) AS feature
),

ordered AS (
    SELECT
        feature,
        fingerprint,
        row_number() OVER (PARTITION BY feature ORDER BY "timestamp" DESC) AS place,
        count(*) OVER (PARTITION BY feature) AS known_values
    FROM known
)

SELECT
    (%(feature_names)s::text[])[feature] AS feature_name,
    count(DISTINCT fingerprint) AS distinct_values,
    count(*) AS rows
FROM ordered
WHERE place <= coalesce((%(sizes)s::bigint[])[width_bucket(known_values, %(sizes)s::bigint[])], known_values)
GROUP BY feature
