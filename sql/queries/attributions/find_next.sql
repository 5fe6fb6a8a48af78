-- purpose: Find the next attribution in a range of ingest numbers.
-- params: explanation_type, low, high
-- returns: ingest_seq
SELECT ingest_seq
FROM attributions
WHERE
    explanation_type = %(explanation_type)s
    AND ingest_seq > %(low)s
    AND ingest_seq <= %(high)s
ORDER BY ingest_seq
LIMIT 1
