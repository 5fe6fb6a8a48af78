-- purpose: Read the newest comparisons of a model's performance that found concept drift in the hours up to now.
-- params: model_name, version, environment, hours, rows
-- returns: version, environment, metric_name, detector, direction, reference_mean, current_mean, mean_difference, z_score, threshold, reference_window_start, reference_window_end, current_window_start, current_window_end, timestamp
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
    "timestamp"
FROM concept_drift_results
WHERE
    drift_detected
    AND model_name = %(model_name)s
    AND (%(version)s::text IS NULL OR version = %(version)s)
    AND (%(environment)s::text IS NULL OR environment = %(environment)s)
    AND "timestamp" > now() - %(hours)s::double precision * INTERVAL '1 hour'
    AND "timestamp" <= now()
ORDER BY "timestamp" DESC, id DESC
LIMIT %(rows)s
