-- purpose: Read the buckets of attributions shorter than a day that lie in days to be compacted, those of a day together.
-- params: before
-- returns: reference_id, model_name, version, environment, segment, day, profile, changed_seq
SELECT
    reference_id,
    model_name,
    version,
    environment,
    '' AS segment,
    date_trunc('day', bucket_start, 'UTC') AS day,
    profile,
    changed_seq
FROM attribution_rollups
WHERE
    bucket_start < %(before)s
    AND bucket_width < INTERVAL '1 day'
ORDER BY reference_id, model_name, version, environment, bucket_start
