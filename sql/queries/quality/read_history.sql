-- purpose: Read the newest shares that a check found in buckets before a moment, of rows ('') or features, each from like sizes; faults only if they are a day old.
-- params: model_name, version, environment, check_name, feature_names, least_rows, most_rows, since, before, buckets
-- returns: feature_name, found, rows
SELECT
    wanted.feature_name,
    past.found,
    past.rows
FROM
    unnest(%(feature_names)s::text[], %(least_rows)s::bigint[], %(most_rows)s::bigint[])
        AS wanted (feature_name, least_rows, most_rows)
CROSS JOIN
    LATERAL (
        SELECT
            result.rows,
            round(result.value * result.rows)::bigint AS found
        FROM data_quality_results AS result
        WHERE
            result.model_name = %(model_name)s
            AND result.version = %(version)s
            AND result.environment = %(environment)s
            AND result.check_name = %(check_name)s
            AND result.feature_name = wanted.feature_name
            AND result.window_end > %(since)s
            AND result.window_end < %(before)s
            AND result.rows BETWEEN wanted.least_rows AND wanted.most_rows
            AND (result.verdict <> 'faulty' OR result.window_end <= %(before)s - INTERVAL '24 hours')
        ORDER BY result.window_end DESC
        LIMIT %(buckets)s
    ) AS past
