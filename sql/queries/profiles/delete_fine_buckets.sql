-- purpose: Delete the buckets that compaction has merged into days.
-- params: before
DELETE FROM profile_rollups
WHERE
    bucket_start < %(before)s
    AND bucket_width < INTERVAL '1 day'
