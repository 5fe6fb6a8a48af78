-- purpose: Delete old profile roll-ups.
-- params: before
DELETE FROM profile_rollups
WHERE bucket_start < %(before)s
