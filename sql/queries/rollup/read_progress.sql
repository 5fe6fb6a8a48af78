-- purpose: Read how far the roll-up is; the lag is the age of the first row that waits for it, 0 when none does.
-- params: job
-- returns: rows_processed, rows_quarantined, lag_seconds
SELECT
    coalesce(mark.rows_processed, 0) AS rows_processed,
    coalesce(mark.rows_quarantined, 0) AS rows_quarantined,
    coalesce(
        (
            SELECT greatest(extract(EPOCH FROM clock_timestamp() - row.created_at), 0)
            FROM prediction_logs AS row
            WHERE row.ingest_seq > coalesce(mark.ingest_seq, 0)
            ORDER BY row.ingest_seq
            LIMIT 1
        ),
        0
    )::double precision AS lag_seconds
FROM (SELECT %(job)s::text AS job) AS wanted
LEFT JOIN watermarks AS mark ON wanted.job = mark.job
