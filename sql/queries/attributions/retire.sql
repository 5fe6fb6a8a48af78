-- purpose: Retire the reference in force of a model's attributions; its roll-ups stay.
-- params: model_name, environment, explanation_type
UPDATE attribution_references
SET active = FALSE
WHERE
    active
    AND model_name = %(model_name)s
    AND environment = %(environment)s
    AND explanation_type = %(explanation_type)s
