-- purpose: Read how far attributions are rolled up; the lag is the age of the first that waits, 0 when none does.
-- params: explanation_type, job
-- returns: rows_processed, rows_quarantined, lag_seconds
SELECT
    coalesce(mark.rows_processed, 0) AS rows_processed,
    coalesce(mark.rows_quarantined, 0) AS rows_quarantined,
    coalesce(
        (
            SELECT greatest(extract(EPOCH FROM clock_timestamp() - row.created_at), 0)
            FROM attributions AS row
            WHERE
                row.explanation_type = %(explanation_type)s
                AND row.ingest_seq > coalesce(mark.ingest_seq, 0)
            ORDER BY row.ingest_seq
            LIMIT 1
        ),
        0
    )::double precision AS lag_seconds
FROM (SELECT %(job)s::text AS job) AS wanted
LEFT JOIN watermarks AS mark ON wanted.job = mark.job
