-- purpose: Read what is known of the models without a task.
-- returns: model_name, version, environment, evidence
SELECT
    model_name,
    version,
    environment,
    evidence
FROM outcome_evidence
