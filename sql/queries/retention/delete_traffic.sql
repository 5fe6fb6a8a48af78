-- purpose: Delete old traffic roll-ups; the totals stay.
-- params: before
DELETE FROM traffic_rollups
WHERE bucket_start < %(before)s
