-- purpose: Delete the profiles of attributions that will be recounted; those of retired references are history and stay.
-- params: explanation_type, floor
WITH recounted AS (
    SELECT reference_id
    FROM attribution_references
    WHERE active AND explanation_type = %(explanation_type)s
),

of_strangers AS (
    DELETE FROM attribution_strangers
    WHERE reference_id IN (SELECT reference_id FROM recounted) AND day >= %(floor)s
)

DELETE FROM attribution_rollups
WHERE reference_id IN (SELECT reference_id FROM recounted) AND bucket_start >= %(floor)s
