-- purpose: Start the watermark again at the first row, in this cluster.
-- params: job, rebuilt_to, predictions, quarantined
UPDATE watermarks
SET
    ingest_seq = 0,
    rebuilt_to = %(rebuilt_to)s,
    horizon_at = NULL,
    system_identifier = (SELECT system_identifier::text FROM pg_control_system()),
    rows_processed = greatest(rows_processed - %(predictions)s, 0),
    rows_quarantined = greatest(rows_quarantined - %(quarantined)s, 0),
    updated_at = now()
WHERE job = %(job)s
