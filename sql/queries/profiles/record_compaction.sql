-- purpose: Record that days before a moment are kept as whole days from now on.
-- params: before
UPDATE watermarks
SET compacted_before = greatest(compacted_before, %(before)s)
WHERE job NOT IN ('shap_values', 'lime_explanations') -- which have days of their own
