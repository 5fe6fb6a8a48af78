-- purpose: Read the watermark to be reset, whichever cluster made it, and hold its row.
-- params: job
-- returns: ingest_seq, retention_floor
SELECT
    ingest_seq,
    retention_floor
FROM watermarks
WHERE job = %(job)s
FOR UPDATE
