-- purpose: Read how far the roll-up is, for its metrics; lag is 0 when nothing waits.
-- params: job
-- returns: rows_processed, rows_quarantined, lag_seconds
SELECT
    mark.rows_processed,
    mark.rows_quarantined,
    CASE
        WHEN NOT latest.is_called OR latest.last_value <= mark.ingest_seq THEN 0
        ELSE coalesce(extract(EPOCH FROM clock_timestamp() - coalesce(mark.horizon_at, mark.updated_at)), 0)
    END::double precision AS lag_seconds
FROM watermarks AS mark
CROSS JOIN prediction_logs_ingest_seq AS latest
WHERE mark.job = %(job)s
