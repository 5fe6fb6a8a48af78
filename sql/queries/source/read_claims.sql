-- purpose: Read which models a source has, and the reference that each one's rows are profiled on.
-- params: source
-- returns: model_name, version, environment, reference_id
SELECT
    model_name,
    version,
    environment,
    reference_id
FROM source_models
WHERE source = %(source)s
