-- purpose: Read the last ingest number given out; it must be read before the holders.
-- returns: high, read_at
SELECT
    CASE WHEN is_called THEN last_value ELSE 0 END AS high,
    clock_timestamp() AS read_at
FROM prediction_logs_ingest_seq
