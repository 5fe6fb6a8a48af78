-- purpose: Read the profiles of a reference's rows, or those of a segment, bucket by bucket.
-- params: reference_id, segment
-- returns: bucket_start, bucket_width, profile
SELECT
    bucket_start,
    bucket_width,
    profile
FROM reference_buckets
WHERE
    reference_id = %(reference_id)s
    AND segment = %(segment)s
ORDER BY bucket_start
