-- purpose: Record that every row up to a number is in the roll-ups.
-- params: job, ingest_seq, rows_processed, rows_quarantined
UPDATE watermarks
SET
    ingest_seq = %(ingest_seq)s,
    rows_processed = rows_processed + %(rows_processed)s,
    rows_quarantined = rows_quarantined + %(rows_quarantined)s,
    updated_at = now()
WHERE job = %(job)s
