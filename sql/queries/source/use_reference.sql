-- purpose: Record the reference that a model's rows are profiled on from now on.
-- params: model_name, version, environment, reference_id
UPDATE source_models
SET reference_id = %(reference_id)s
WHERE
    model_name = %(model_name)s
    AND version = %(version)s
    AND environment = %(environment)s
