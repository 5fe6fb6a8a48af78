-- purpose: Delete the profiles that will be recounted; those of retired references are history and stay, those of sources are no part of it.
-- params: floor
DELETE FROM profile_rollups AS kept
USING reference_profiles AS reference
WHERE
    kept.reference_id = reference.reference_id
    AND reference.active
    AND kept.bucket_start >= %(floor)s
    AND NOT EXISTS (
        SELECT 1 FROM source_models AS model
        WHERE
            model.model_name = kept.model_name
            AND model.version = kept.version
            AND model.environment = kept.environment
    )
