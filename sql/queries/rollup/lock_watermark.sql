-- purpose: Read the watermark and hold its row until the transaction ends.
-- params: job
-- returns: ingest_seq, system_identifier, cluster, compacted_before, retention_floor, rebuilt_to, rows_processed, rows_quarantined, horizon_at
SELECT
    ingest_seq,
    system_identifier,
    (SELECT system_identifier::text FROM pg_control_system()) AS cluster,
    compacted_before,
    nullif(retention_floor, '-infinity') AS retention_floor,
    rebuilt_to,
    rows_processed,
    rows_quarantined,
    horizon_at
FROM watermarks
WHERE job = %(job)s
FOR UPDATE
