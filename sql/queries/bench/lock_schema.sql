-- purpose: Hold the lock that says that somebody measures in a schema, until the session ends.
-- params: schema
-- returns: locked
SELECT pg_advisory_lock(hashtextextended(%(schema)s, 0)) AS locked
