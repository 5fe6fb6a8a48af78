-- purpose: List the schemas of benches; one that is left behind is locked by nobody, and so can be locked here.
-- params: pattern
-- returns: name, is_left
SELECT
    namespace.nspname AS name,
    pg_try_advisory_xact_lock(hashtextextended(namespace.nspname::text, 0)) AS is_left
FROM pg_namespace AS namespace
WHERE namespace.nspname ~ %(pattern)s
ORDER BY namespace.nspname
