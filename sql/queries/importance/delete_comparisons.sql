-- purpose: Delete the comparisons of loggings that are no longer there as they were; their features go with them.
-- params: ids
DELETE FROM feature_importance_comparisons
WHERE id = any(%(ids)s::bigint[])
