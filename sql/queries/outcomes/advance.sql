-- purpose: Move the marks on, in the transaction that counts what lies between, and record what was read.
-- params: job, predictions_seq, ingest_seq, rows_processed, rows_quarantined, rows_unmatched
UPDATE watermarks
SET
    predictions_seq = %(predictions_seq)s,
    ingest_seq = %(ingest_seq)s,
    rows_processed = rows_processed + %(rows_processed)s,
    rows_quarantined = rows_quarantined + %(rows_quarantined)s,
    rows_unmatched = greatest(rows_unmatched + %(rows_unmatched)s, 0), -- ids may come again after retention
    revision = revision + 1,
    updated_at = now()
WHERE job = %(job)s
