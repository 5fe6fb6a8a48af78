-- purpose: Record that every row numbered before a moment is in the roll-ups.
-- params: job, read_at
UPDATE watermarks
SET horizon_at = greatest(horizon_at, %(read_at)s)
WHERE job = %(job)s
