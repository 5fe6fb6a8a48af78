-- purpose: Retire the active reference of exactly this scope; its roll-ups stay.
-- params: model_name, version, environment
UPDATE reference_profiles
SET active = FALSE
WHERE
    active
    AND model_name = %(model_name)s
    AND version IS NOT DISTINCT FROM %(version)s
    AND environment IS NOT DISTINCT FROM %(environment)s
