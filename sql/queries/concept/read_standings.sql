-- purpose: Read how far the detectors of every model's task are.
-- returns: model_name, version, environment, detector, metric_name, score, last_at, drifted_at, told_at
SELECT
    task.model_name,
    task.version,
    task.environment,
    detector.detector,
    detector.metric_name,
    detector.score,
    detector.last_at,
    detector.drifted_at,
    detector.told_at
FROM concept_detectors AS detector
INNER JOIN outcome_tasks AS task ON detector.task_id = task.task_id
WHERE task.active
