-- purpose: Keep what is known of a model without a task.
-- params: model_name, version, environment, evidence
INSERT INTO outcome_evidence (model_name, version, environment, evidence)
VALUES (%(model_name)s, %(version)s, %(environment)s, %(evidence)s::jsonb)
ON CONFLICT (model_name, version, environment) DO UPDATE SET evidence = excluded.evidence
