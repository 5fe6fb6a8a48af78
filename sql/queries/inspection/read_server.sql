-- purpose: Tell where this session is, who it is, and whether it may write at all.
-- returns: server_version, version_number, database, role, standby, read_only, encoding
SELECT
    current_setting('server_version') AS server_version,
    current_setting('server_version_num')::integer AS version_number,
    current_database()::text AS database,
    current_user::text AS role,
    pg_is_in_recovery() AS standby,
    current_setting('default_transaction_read_only')::boolean AS read_only,
    current_setting('server_encoding') AS encoding
