-- purpose: Read how far the detectors of a model are, and the newest test of each of its metrics in the last 90 days.
-- params: model_name, version, environment
-- returns: version, environment, detector, metric_name, reason, seen, score, first_at, last_at, warned_at, drifted_at, direction, told_at
WITH tests AS (
    SELECT
        *,
        row_number() OVER (newest_first) AS place,
        first_value("timestamp") OVER (drifted_first) AS drifted_at,
        first_value(created_at) OVER (drifted_first) AS told_at,
        first_value(direction) OVER (drifted_first) AS last_direction,
        bool_or(drift_detected) OVER (PARTITION BY version, environment, metric_name) AS has_drifted
    FROM concept_drift_results
    WHERE
        detector = 't_test'
        AND model_name = %(model_name)s
        AND (%(version)s::text IS NULL OR version = %(version)s)
        AND (%(environment)s::text IS NULL OR environment = %(environment)s)
        AND "timestamp" > now() - INTERVAL '90 days'
        AND "timestamp" <= now()
    WINDOW
        newest_first AS (PARTITION BY version, environment, metric_name ORDER BY "timestamp" DESC, id DESC),
        drifted_first AS (
            PARTITION BY version, environment, metric_name ORDER BY drift_detected DESC, "timestamp" DESC, id DESC
        )
)

SELECT
    version,
    environment,
    detector,
    metric_name,
    reason,
    seen,
    score,
    first_at,
    last_at,
    warned_at,
    drifted_at,
    direction,
    told_at
FROM concept_detector_states
WHERE
    model_name = %(model_name)s
    AND (%(version)s::text IS NULL OR version = %(version)s)
    AND (%(environment)s::text IS NULL OR environment = %(environment)s)
UNION ALL
SELECT
    version,
    environment,
    detector,
    metric_name,
    CASE WHEN score IS NULL THEN 'too few values to compare' ELSE '' END AS reason,
    coalesce(reference_values + current_values, 0) AS seen,
    score,
    reference_window_start AS first_at,
    current_window_end AS last_at,
    NULL AS warned_at,
    CASE WHEN has_drifted THEN drifted_at END AS drifted_at,
    CASE WHEN has_drifted THEN last_direction END AS direction,
    CASE WHEN has_drifted THEN told_at END AS told_at
FROM tests
WHERE place = 1
ORDER BY version, environment, detector, metric_name
