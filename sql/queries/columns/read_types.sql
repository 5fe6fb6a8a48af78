-- purpose: Tell how the types of a query's columns can be read; a reading of NULL is left out.
-- params: oids
-- returns: oid, type, reading
SELECT
    oid::bigint AS oid,
    format_type(oid, NULL) AS type,
    CASE
        WHEN oid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) THEN 'integer'
        WHEN oid IN ('float4'::regtype, 'float8'::regtype, 'numeric'::regtype) THEN 'real'
        WHEN oid = 'bool'::regtype THEN 'boolean'
        WHEN typcategory = 'S' OR typtype = 'e' OR oid IN ('uuid'::regtype, '"char"'::regtype) THEN 'text'
    END AS reading
FROM pg_type
WHERE oid = any(%(oids)s::oid[])
