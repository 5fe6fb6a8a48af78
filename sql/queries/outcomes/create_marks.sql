-- purpose: Start the marks at the first row; what retention has taken already is left alone.
-- params: job
INSERT INTO watermarks (job, system_identifier, compacted_before, retention_floor)
SELECT
    %(job)s,
    system_identifier::text,
    now(),
    coalesce((SELECT max(retention_floor) FROM watermarks), '-infinity')
FROM pg_control_system()
ON CONFLICT (job) DO NOTHING
