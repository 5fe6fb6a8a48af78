-- purpose: Of the given transactions, list those that still run, longest first, with what is known of each.
-- params: holders, table
-- returns: holder, pid, application_name, query_start, waited_seconds
SELECT
    lock.virtualtransaction AS holder,
    min(lock.pid) AS pid,
    max(activity.application_name) AS application_name,
    max(activity.query_start) AS query_start,
    coalesce(max(extract(EPOCH FROM clock_timestamp() - activity.xact_start)), 0)::double precision AS waited_seconds
FROM pg_locks AS lock
LEFT JOIN pg_stat_activity AS activity ON lock.pid = activity.pid
WHERE
    lock.locktype = 'relation'
    AND lock.mode = 'RowExclusiveLock'
    AND lock.granted
    AND lock.virtualtransaction = any(%(holders)s)
    AND lock.database = (
        SELECT oid FROM pg_database
        WHERE datname = current_database()
    )
    AND lock.relation IN (SELECT relid FROM pg_partition_tree(to_regclass(%(table)s)))
GROUP BY lock.virtualtransaction
ORDER BY waited_seconds DESC
