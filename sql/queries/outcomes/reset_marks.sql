-- purpose: Start the marks again below the first row, in this cluster; what was read of rows that are here is not counted twice.
-- params: job, floor
UPDATE watermarks
SET
    predictions_seq = 0,
    ingest_seq = 0,
    rows_processed = 0,
    rows_quarantined = 0,
    rows_unmatched = 0,
    revision = revision + 1,
    retention_floor = greatest(retention_floor, %(floor)s),
    system_identifier = (SELECT system_identifier::text FROM pg_control_system()),
    updated_at = now()
WHERE job = %(job)s
