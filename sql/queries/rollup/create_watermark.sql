-- purpose: Start the watermark at the first row; days before yesterday are counted as whole days at once.
-- params: job
INSERT INTO watermarks (job, ingest_seq, system_identifier, compacted_before)
SELECT
    %(job)s,
    0,
    system_identifier::text,
    date_trunc('day', now(), 'UTC') - INTERVAL '1 day'
FROM pg_control_system()
ON CONFLICT (job) DO NOTHING
