-- purpose: Delete the buckets of attributions that compaction has merged into days.
-- params: before
DELETE FROM attribution_rollups
WHERE
    bucket_start < %(before)s
    AND bucket_width < INTERVAL '1 day'
