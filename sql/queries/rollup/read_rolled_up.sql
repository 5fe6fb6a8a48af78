-- purpose: Read up to which moment rows are in the roll-ups, and before which day as whole days.
-- params: job
-- returns: horizon_at, compacted_before
SELECT
    horizon_at,
    compacted_before
FROM watermarks
WHERE
    job = %(job)s
    AND horizon_at IS NOT NULL
