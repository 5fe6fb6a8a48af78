-- purpose: Record that days of attributions before a moment are kept as whole days from now on.
-- params: before
UPDATE watermarks
SET compacted_before = greatest(compacted_before, %(before)s)
WHERE job IN ('shap_values', 'lime_explanations')
