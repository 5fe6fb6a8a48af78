-- purpose: Delete old roll-ups of attributions.
-- params: before
WITH of_strangers AS (
    DELETE FROM attribution_strangers
    WHERE day < %(before)s
)

DELETE FROM attribution_rollups
WHERE bucket_start < %(before)s
