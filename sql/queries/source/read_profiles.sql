-- purpose: Read one bucket's profiles of a source's models, on the references that are in force.
-- params: source, bucket_start, bucket_width
-- returns: reference_id, model_name, version, environment, segment, rows, profile
SELECT
    kept.reference_id,
    kept.model_name,
    kept.version,
    kept.environment,
    kept.segment,
    kept.rows,
    kept.profile
FROM source_models AS model
INNER JOIN reference_profiles AS reference ON model.model_name = reference.model_name AND reference.active
INNER JOIN profile_rollups AS kept
    ON
        reference.reference_id = kept.reference_id
        AND model.model_name = kept.model_name
        AND model.version = kept.version
        AND model.environment = kept.environment
WHERE
    model.source = %(source)s
    AND kept.bucket_start = %(bucket_start)s
    AND kept.bucket_width = %(bucket_width)s
