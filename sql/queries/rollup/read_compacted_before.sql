-- purpose: Read the day before which profiles are kept as whole days.
-- params: job
-- returns: compacted_before
SELECT compacted_before
FROM watermarks
WHERE job = %(job)s
