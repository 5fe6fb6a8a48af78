-- purpose: List the transactions that may still commit rows of a log table numbered at or below the high mark just read.
-- params: table
-- returns: holder
SELECT DISTINCT lock.virtualtransaction AS holder
FROM pg_locks AS lock
WHERE
    lock.locktype = 'relation'
    AND lock.mode = 'RowExclusiveLock'
    AND lock.granted
    AND lock.database = (
        SELECT oid FROM pg_database
        WHERE datname = current_database()
    )
    AND lock.relation IN (SELECT relid FROM pg_partition_tree(to_regclass(%(table)s)))
