-- purpose: Read the profiles of the buckets of attributions that lie in a window.
-- params: reference_id, model_name, version, environment, window_start, window_end
-- returns: bucket_start, bucket_width, profile
SELECT
    bucket_start,
    bucket_width,
    profile
FROM attribution_rollups
WHERE
    reference_id = %(reference_id)s
    AND model_name = %(model_name)s
    AND version = %(version)s
    AND environment = %(environment)s
    AND bucket_start >= %(window_start)s
    AND bucket_start + bucket_width <= %(window_end)s
ORDER BY bucket_start
