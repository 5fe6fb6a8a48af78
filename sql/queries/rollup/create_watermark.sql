-- purpose: Start the watermark at the first row; days that are older than their buckets are kept are whole days at once.
-- params: job, profile_buckets_kept
INSERT INTO watermarks (job, ingest_seq, system_identifier, compacted_before)
SELECT
    %(job)s,
    0,
    system_identifier::text,
    date_trunc('day', now() - %(profile_buckets_kept)s::interval, 'UTC')
FROM pg_control_system()
ON CONFLICT (job) DO NOTHING
