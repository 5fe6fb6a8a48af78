-- purpose: List the columns of a relation that tell rows apart or point to others; they are no features.
-- params: relation
-- returns: name
SELECT a.attname AS name
FROM pg_attribute AS a
WHERE
    a.attrelid = to_regclass(%(relation)s)
    AND (
        EXISTS (
            SELECT 1 FROM pg_index AS i
            WHERE
                i.indrelid = a.attrelid
                AND a.attnum = any(i.indkey)
                AND (i.indisprimary OR i.indisunique AND i.indnkeyatts = 1)
        )
        OR EXISTS (
            SELECT 1 FROM pg_constraint AS c
            WHERE
                c.conrelid = a.attrelid
                AND c.contype = 'f'
                AND a.attnum = any(c.conkey)
        )
    )
