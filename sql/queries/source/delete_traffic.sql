-- purpose: Delete a minute of a status that has no rows any more.
-- params: model_name, version, environment, status, bucket_start
DELETE FROM traffic_rollups
WHERE
    model_name = %(model_name)s
    AND version = %(version)s
    AND environment = %(environment)s
    AND status = %(status)s
    AND bucket_start = %(bucket_start)s
