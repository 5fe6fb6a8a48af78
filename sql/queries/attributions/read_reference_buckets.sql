-- purpose: Read the buckets of a reference of attributions in order of time.
-- params: reference_id
-- returns: bucket_start, bucket_width, profile
SELECT
    bucket_start,
    bucket_width,
    profile
FROM attribution_buckets
WHERE reference_id = %(reference_id)s
ORDER BY bucket_start
