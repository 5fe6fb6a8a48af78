-- purpose: Register a reference.
-- params: model_name, version, environment, source, description, layout, window_start, window_end, rows, segments
-- returns: reference_id, rows, created_at
INSERT INTO reference_profiles (
    model_name, version, environment, source, description, layout, window_start, window_end, rows, segments
)
VALUES (
    %(model_name)s, %(version)s, %(environment)s, %(source)s, %(description)s, %(layout)s::jsonb, %(window_start)s,
    %(window_end)s, %(rows)s, %(segments)s
)
RETURNING reference_id, rows, created_at
