-- purpose: Read how far outcomes are joined; the lag is the age of the first that waits, 0 when none does.
-- params: job
-- returns: rows_processed, rows_quarantined, rows_unmatched, lag_seconds
SELECT
    mark.rows_processed,
    mark.rows_quarantined,
    mark.rows_unmatched,
    coalesce(
        (
            SELECT greatest(extract(EPOCH FROM clock_timestamp() - row.created_at), 0)
            FROM prediction_outcomes AS row
            WHERE row.ingest_seq > mark.ingest_seq
            ORDER BY row.ingest_seq
            LIMIT 1
        ),
        0
    )::double precision AS lag_seconds
FROM watermarks AS mark
WHERE mark.job = %(job)s
