-- purpose: Read the last ingest number given out of a log table; it must be read before the holders.
-- params: table
-- returns: high, read_at, server_start
SELECT
    coalesce(pg_sequence_last_value(to_regclass(%(table)s || '_ingest_seq')), 0) AS high,
    clock_timestamp() AS read_at,
    pg_postmaster_start_time() AS server_start
