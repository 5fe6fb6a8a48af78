-- purpose: Read a final range of attributions once, grouped by model, feature and bucket; a bucket of NULL is quarantined, a feature of NULL has no fit name.
-- params: explanation_type, low, high, bucket_seconds, model_name, version, environment, window_start, window_end, prediction_ids, rebuilt_to, floor
-- returns: model_name, version, environment, feature_name, bucket, rows, numbers, first_at, last_at
SELECT
    row.model_name,
    row.version,
    row.environment,
    place.feature_name,
    place.bucket,
    count(*) AS rows,
    string_agg(float8send(row.value), ''::bytea) AS numbers, -- read without a loop, unlike an array
    min(row."timestamp") AS first_at,
    max(row."timestamp") AS last_at
FROM attributions AS row
CROSS JOIN
    LATERAL (
        SELECT
            CASE WHEN length(row.feature_name) <= 200 THEN nullif(row.feature_name, '') END AS feature_name,
            CASE
                WHEN has_sane_time(row."timestamp", row.created_at)
                    THEN (floor(date_part('epoch', row."timestamp") / %(bucket_seconds)s) * %(bucket_seconds)s)::bigint
            END AS bucket
    ) AS place
WHERE
    row.explanation_type = %(explanation_type)s
    AND row.ingest_seq > %(low)s
    AND row.ingest_seq <= %(high)s
    AND (row.ingest_seq > %(rebuilt_to)s OR row."timestamp" >= coalesce(%(floor)s::timestamptz, '-infinity'))
    AND (%(model_name)s::text IS NULL OR row.model_name = %(model_name)s)
    AND (%(version)s::text IS NULL OR row.version = %(version)s)
    AND (%(environment)s::text IS NULL OR row.environment = %(environment)s)
    AND (%(prediction_ids)s::uuid[] IS NULL OR row.prediction_id = any(%(prediction_ids)s::uuid[]))
    AND (%(window_start)s::timestamptz IS NULL OR row."timestamp" >= %(window_start)s)
    AND (%(window_end)s::timestamptz IS NULL OR row."timestamp" < %(window_end)s)
GROUP BY row.model_name, row.version, row.environment, place.feature_name, place.bucket
