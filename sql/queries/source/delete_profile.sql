-- purpose: Delete the profile of a bucket that has no rows any more.
-- params: reference_id, model_name, version, environment, segment, bucket_start, bucket_width
DELETE FROM profile_rollups
WHERE
    reference_id = %(reference_id)s
    AND model_name = %(model_name)s
    AND version = %(version)s
    AND environment = %(environment)s
    AND segment = %(segment)s
    AND bucket_start = %(bucket_start)s
    AND bucket_width = %(bucket_width)s
