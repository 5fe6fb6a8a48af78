-- purpose: List the references of attributions in force, without their bins.
-- returns: reference_id, model_name, environment, explanation_type, source, description, predictions, window_start, window_end
SELECT
    reference_id,
    model_name,
    environment,
    explanation_type,
    source,
    description,
    predictions,
    window_start,
    window_end
FROM attribution_references
WHERE active
ORDER BY reference_id
