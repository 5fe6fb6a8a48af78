-- purpose: Tell what a relation is, and whether an index begins with one of its columns.
-- params: relation, name
-- returns: kind, indexed
SELECT
    c.relkind::text AS kind,
    (
        SELECT count(*)
        FROM pg_index AS i
        INNER JOIN pg_attribute AS a ON c.oid = a.attrelid AND i.indkey[0] = a.attnum
        WHERE
            i.indrelid = c.oid
            AND i.indisvalid
            AND i.indpred IS NULL
            AND a.attname = %(name)s
    ) > 0 AS indexed
FROM pg_class AS c
WHERE c.oid = to_regclass(%(relation)s)
