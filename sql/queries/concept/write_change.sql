-- purpose: Write a change that a detector has told, now unless it is given when.
-- params: task_id, model_name, version, environment, metric_name, detector, verdict, direction, drift_detected, reference_mean, current_mean, mean_difference, statistic, threshold, score, seen, at, told_at
INSERT INTO concept_drift_results (
    task_id, model_name, version, environment, metric_name, detector, verdict, direction, drift_detected,
    reference_mean, current_mean, mean_difference, z_score, threshold, score, seen, "timestamp", created_at
)
VALUES (
    %(task_id)s, %(model_name)s, %(version)s, %(environment)s, %(metric_name)s, %(detector)s, %(verdict)s,
    %(direction)s, %(drift_detected)s, %(reference_mean)s, %(current_mean)s, %(mean_difference)s, %(statistic)s,
    %(threshold)s, %(score)s, %(seen)s, %(at)s, coalesce(%(told_at)s::timestamptz, now())
)
