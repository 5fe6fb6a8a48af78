-- purpose: Start the watermark again below the first row that is here, in this cluster.
-- params: job, ingest_seq, rebuilt_to, retention_floor, predictions, quarantined
UPDATE watermarks
SET
    ingest_seq = %(ingest_seq)s,
    rebuilt_to = %(rebuilt_to)s,
    retention_floor = %(retention_floor)s,
    horizon_at = NULL,
    system_identifier = (SELECT system_identifier::text FROM pg_control_system()),
    rows_processed = greatest(rows_processed - %(predictions)s, 0),
    rows_quarantined = greatest(rows_quarantined - %(quarantined)s, 0),
    updated_at = now()
WHERE job = %(job)s
