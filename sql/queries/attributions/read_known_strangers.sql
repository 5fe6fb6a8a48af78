-- purpose: List the features beside a reference that are known of a model, of late as many as are kept.
-- params: reference_id, model_name, version, environment
-- returns: feature_name
SELECT DISTINCT feature_name
FROM attribution_strangers
WHERE
    reference_id = %(reference_id)s
    AND model_name = %(model_name)s
    AND version = %(version)s
    AND environment = %(environment)s
