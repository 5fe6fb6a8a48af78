-- purpose: Count the distinct values of texts among a model's newest rows in a window: of each text, among as many of its newest values as each of the ascending sizes says, or among all if they are fewer than any.
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
),

-- a value is one of the distinct among as many as there are up to where it is first met
met AS (
    SELECT
        feature,
        width_bucket(place - 1, %(sizes)s::bigint[]) AS larger_than,
        count(*) AS texts,
        max(known_values) AS known_values
    FROM (
        SELECT
            feature,
            fingerprint,
            min(place) AS place,
            max(known_values) AS known_values
        FROM ordered
        GROUP BY feature, fingerprint
    ) AS first_met
    GROUP BY feature, larger_than
)

SELECT
    (%(feature_names)s::text[])[met.feature] AS feature_name,
    sum(met.texts)::bigint AS distinct_values,
    looked_at.size AS rows
FROM met
CROSS JOIN
    LATERAL (
        SELECT
            wanted.size,
            wanted.place
        FROM unnest(%(sizes)s::bigint[]) WITH ORDINALITY AS wanted (size, place)
        WHERE wanted.size <= met.known_values
        UNION ALL
        SELECT
            met.known_values AS size,
            1 AS place
        WHERE met.known_values < (%(sizes)s::bigint[])[1]
    ) AS looked_at
WHERE met.larger_than < looked_at.place
GROUP BY met.feature, looked_at.size
ORDER BY met.feature, looked_at.size
