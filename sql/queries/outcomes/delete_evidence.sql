-- purpose: Forget what is known of a model without a task: it has one now.
-- params: model_name, version, environment
DELETE FROM outcome_evidence
WHERE (model_name, version, environment) = (%(model_name)s, %(version)s, %(environment)s)
