-- purpose: Delete the profiles that will be recounted; those of retired references are history and stay.
-- params: floor
DELETE FROM profile_rollups AS kept
USING reference_profiles AS reference
WHERE
    kept.reference_id = reference.reference_id
    AND reference.active
    AND kept.bucket_start >= %(floor)s
