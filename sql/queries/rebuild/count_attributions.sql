-- purpose: Count the attributions that were counted and will be again, and those of them that are quarantined.
-- params: explanation_type, floor, ingest_seq
-- returns: rows, quarantined
SELECT
    count(*) AS rows,
    count(*) FILTER (
        WHERE NOT has_sane_time("timestamp", created_at)
    ) AS quarantined
FROM attributions
WHERE
    explanation_type = %(explanation_type)s
    AND ingest_seq <= %(ingest_seq)s
    AND "timestamp" >= %(floor)s
