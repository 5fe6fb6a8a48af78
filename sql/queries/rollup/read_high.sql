-- purpose: Read the last ingest number given out; it must be read before the holders.
-- returns: high, read_at, server_start
SELECT
    CASE WHEN is_called THEN last_value ELSE 0 END AS high,
    clock_timestamp() AS read_at,
    pg_postmaster_start_time() AS server_start
FROM prediction_logs_ingest_seq
