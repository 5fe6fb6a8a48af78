-- purpose: Read the watermark to be reset, whichever cluster made it, and hold its row; older roll-ups may be gone.
-- params: job, oldest
-- returns: ingest_seq, rebuilt_to, retention_floor
SELECT
    ingest_seq,
    rebuilt_to,
    greatest(retention_floor, %(oldest)s) AS retention_floor
FROM watermarks
WHERE job = %(job)s
FOR UPDATE
