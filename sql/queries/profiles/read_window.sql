-- purpose: Read the profiles of the buckets that lie in a window.
-- params: reference_id, model_name, version, environment, segment, window_start, window_end
-- returns: bucket_start, bucket_width, profile
SELECT
    bucket_start,
    bucket_width,
    profile
FROM profile_rollups
WHERE
    reference_id = %(reference_id)s
    AND model_name = %(model_name)s
    AND version = %(version)s
    AND environment = %(environment)s
    AND segment = %(segment)s
    AND bucket_start >= %(window_start)s
    AND bucket_start + bucket_width <= %(window_end)s
ORDER BY bucket_start
