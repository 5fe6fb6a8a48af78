-- purpose: List what this role lacks of what the exporter needs, each as GRANT words it.
-- params: schema
-- returns: privilege
-- The exporter reads every table and writes those it derives; logs are partitioned, or reported by services.
WITH
home AS (
    SELECT
        oid,
        quote_ident(nspname) AS name
    FROM pg_namespace
    WHERE nspname = %(schema)s
),

relations AS (
    SELECT
        c.oid,
        c.relname,
        c.relkind,
        home.name || '.' || quote_ident(c.relname) AS name
    FROM pg_class AS c
    INNER JOIN home ON c.relnamespace = home.oid
    WHERE NOT c.relispartition
),

verbs AS (
    SELECT
        relations.name,
        string_agg(needed.verb, ', ' ORDER BY needed.place) AS missing
    FROM relations
    CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) WITH ORDINALITY AS needed (verb, place)
    WHERE
        relations.relkind IN ('r', 'p')
        AND (
            needed.verb = 'SELECT'
            OR relations.relkind = 'r'
            AND relations.relname NOT IN ('schema_version', 'model_health_checks', 'feature_importance_history')
        )
        AND NOT has_table_privilege(relations.oid, needed.verb)
    GROUP BY relations.name
),

functions AS (
    SELECT
        p.oid,
        home.name || '.' || quote_ident(p.proname) || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS name
    FROM pg_proc AS p
    INNER JOIN home ON p.pronamespace = home.oid
    WHERE p.proname IN ('create_partitions', 'drop_partitions', 'delete_reports', 'add_counts')
    UNION ALL
    SELECT
        p.oid,
        p.oid::regprocedure::text AS name
    FROM pg_proc AS p
    WHERE p.oid IN ('pg_catalog.pg_control_system()'::regprocedure, 'pg_catalog.pg_lock_status()'::regprocedure)
),

missing AS (
    SELECT
        1 AS place,
        'USAGE ON SCHEMA ' || home.name AS privilege
    FROM home
    WHERE NOT has_schema_privilege(home.oid, 'USAGE')
    UNION ALL
    SELECT
        2 AS place,
        verbs.missing || ' ON ' || verbs.name AS privilege
    FROM verbs
    UNION ALL
    SELECT
        3 AS place,
        'SELECT ON SEQUENCE ' || relations.name AS privilege
    FROM relations
    WHERE
        right(relations.relname, 11) = '_ingest_seq'
        -- asked in this order: of a relation of another kind the second is an error
        AND CASE WHEN relations.relkind = 'S' THEN NOT has_sequence_privilege(relations.oid, 'SELECT') END
    UNION ALL
    SELECT
        4 AS place,
        'EXECUTE ON FUNCTION ' || functions.name AS privilege
    FROM functions
    WHERE NOT has_function_privilege(functions.oid, 'EXECUTE')
    UNION ALL
    SELECT
        5 AS place,
        'SELECT ON ' || seen.name AS privilege
    FROM unnest(ARRAY['pg_catalog.pg_locks', 'pg_catalog.pg_stat_activity']) AS seen (name)
    WHERE NOT has_table_privilege(seen.name, 'SELECT')
)

SELECT privilege
FROM missing
ORDER BY place, privilege
