-- purpose: Read the concept drifts of a model that were found in the hours up to now, the newest first.
-- params: model_name, version, environment, hours, rows
-- returns: version, environment, metric_name, detector, direction, reference_mean, current_mean, mean_difference, z_score, threshold, reference_window_start, reference_window_end, current_window_start, current_window_end, score, timestamp, told_at
SELECT
    version,
    environment,
    metric_name,
    detector,
    direction,
    reference_mean,
    current_mean,
    mean_difference,
    z_score,
    threshold,
    reference_window_start,
    reference_window_end,
    current_window_start,
    current_window_end,
    score,
    "timestamp",
    created_at AS told_at
FROM concept_drift_results
WHERE
    drift_detected
    AND model_name = %(model_name)s
    AND (%(version)s::text IS NULL OR version = %(version)s)
    AND (%(environment)s::text IS NULL OR environment = %(environment)s)
    AND created_at > now() - %(hours)s::double precision * INTERVAL '1 hour'
    AND created_at <= now()
    AND "timestamp" <= now()
ORDER BY created_at DESC, "timestamp" DESC, id DESC
LIMIT %(rows)s
