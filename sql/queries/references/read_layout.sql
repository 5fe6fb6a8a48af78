-- purpose: Read the frozen bins of a reference.
-- params: reference_id
-- returns: layout
SELECT layout
FROM reference_profiles
WHERE reference_id = %(reference_id)s
