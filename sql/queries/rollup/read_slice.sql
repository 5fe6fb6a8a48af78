-- purpose: Read a final range of predictions once, grouped by model, status and minute; a bucket of NULL is quarantined.
-- params: low, high, bucket_seconds, model_name, version, environment, rebuilt_to, floor
-- returns: model_name, version, environment, status, bucket, predictions, documents, segments, latencies_ms, confidences, first_at, last_at
SELECT
    row.model_name,
    row.version,
    row.environment,
    left(row.status, 100) AS status,
    place.bucket,
    count(*) AS predictions,
    array_agg(coalesce(row.features::text, 'null')) AS documents,
    array_agg(left(row.segment, 101)) AS segments,
    array_agg(row.latency_ms) AS latencies_ms,
    array_agg(row.confidence) AS confidences,
    date_part('epoch', min(row."timestamp")) AS first_at,
    date_part('epoch', max(row."timestamp")) AS last_at
FROM prediction_logs AS row
CROSS JOIN
    LATERAL (
        SELECT
            CASE
                WHEN has_sane_time(row."timestamp", row.created_at)
                    THEN (floor(date_part('epoch', row."timestamp") / %(bucket_seconds)s) * %(bucket_seconds)s)::bigint
            END AS bucket
    ) AS place
WHERE
    row.ingest_seq > %(low)s
    AND row.ingest_seq <= %(high)s
    AND (row.ingest_seq > %(rebuilt_to)s OR row."timestamp" >= coalesce(%(floor)s::timestamptz, '-infinity'))
    AND (%(model_name)s::text IS NULL OR row.model_name = %(model_name)s)
    AND (%(version)s::text IS NULL OR row.version = %(version)s)
    AND (%(environment)s::text IS NULL OR row.environment = %(environment)s)
GROUP BY row.model_name, row.version, row.environment, left(row.status, 100), place.bucket
