-- purpose: Read the profiles of a reference's rows, bucket by bucket.
-- params: reference_id
-- returns: bucket_start, bucket_width, profile
SELECT
    bucket_start,
    bucket_width,
    profile
FROM reference_buckets
WHERE reference_id = %(reference_id)s
ORDER BY bucket_start
