-- purpose: Read how each model's predictions are held against their outcomes.
-- returns: task_id, model_name, version, environment, definition
SELECT
    task_id,
    model_name,
    version,
    environment,
    definition
FROM outcome_tasks
WHERE active
