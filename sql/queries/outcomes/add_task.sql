-- purpose: Register how a model's predictions are held against their outcomes.
-- params: model_name, version, environment, task, definition
-- returns: task_id
INSERT INTO outcome_tasks (model_name, version, environment, task, definition)
VALUES (%(model_name)s, %(version)s, %(environment)s, %(task)s, %(definition)s::jsonb)
RETURNING task_id
