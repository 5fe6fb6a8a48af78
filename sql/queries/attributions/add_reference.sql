-- purpose: Register a reference of attributions.
-- params: model_name, environment, explanation_type, source, description, layout, predictions, last_seq, window_start, window_end
-- returns: reference_id
INSERT INTO attribution_references (
    model_name, environment, explanation_type, source, description, layout, predictions, last_seq, window_start,
    window_end
)
VALUES (
    %(model_name)s, %(environment)s, %(explanation_type)s, %(source)s, %(description)s, %(layout)s::jsonb,
    %(predictions)s, %(last_seq)s, %(window_start)s, %(window_end)s
)
RETURNING reference_id
