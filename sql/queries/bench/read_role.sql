-- purpose: Tell of a role, if it is there, what is set for it, and whether it may read all statistics.
-- params: role
-- returns: settings, reads_statistics
SELECT
    coalesce(own.setconfig, '{}') AS settings,
    coalesce(bool_or(granted.rolname = 'pg_read_all_stats'), FALSE) AS reads_statistics
FROM pg_roles AS role
LEFT JOIN pg_db_role_setting AS own ON role.oid = own.setrole AND own.setdatabase = 0
LEFT JOIN pg_auth_members AS membership ON role.oid = membership.member
LEFT JOIN pg_roles AS granted ON membership.roleid = granted.oid
WHERE role.rolname = %(role)s
GROUP BY role.oid, own.setconfig
