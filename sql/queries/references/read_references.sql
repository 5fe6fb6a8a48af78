-- purpose: List the references without their bins, the newest first.
-- params: active_only
-- returns: reference_id, model_name, version, environment, source, description, rows, window_start, window_end, active, created_at, segments
SELECT
    reference_id,
    model_name,
    version,
    environment,
    source,
    description,
    rows,
    window_start,
    window_end,
    active,
    created_at,
    segments
FROM reference_profiles
WHERE active OR NOT %(active_only)s
ORDER BY reference_id DESC
