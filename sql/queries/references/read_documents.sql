-- purpose: Read the feature documents of a model by event time, with the bucket of each, and its segment if it is asked for.
-- params: model_name, version, environment, window_start, window_end, bucket_seconds, origin, low, high, segments
-- returns: bucket, segment, document
SELECT
    (
        floor((date_part('epoch', "timestamp") - %(origin)s) / %(bucket_seconds)s) * %(bucket_seconds)s + %(origin)s
    )::bigint AS bucket,
    CASE WHEN segment = any(%(segments)s::text[]) THEN segment ELSE '' END AS segment,
    coalesce(features::text, 'null') AS document
FROM prediction_logs
WHERE
    ingest_seq > %(low)s
    AND ingest_seq <= %(high)s
    AND model_name = %(model_name)s
    AND (%(version)s::text IS NULL OR version = %(version)s)
    AND (%(environment)s::text IS NULL OR environment = %(environment)s)
    AND "timestamp" >= %(window_start)s
    AND "timestamp" < %(window_end)s
