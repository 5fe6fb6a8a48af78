-- purpose: Read the bins of a reference of attributions.
-- params: reference_id
-- returns: layout
SELECT layout
FROM attribution_references
WHERE reference_id = %(reference_id)s
