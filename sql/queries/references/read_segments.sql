-- purpose: Find the segments of a model with most rows in a span of event time.
-- params: model_name, version, environment, window_start, window_end, low, high, longest, least_rows, most
-- returns: segment
SELECT segment
FROM prediction_logs
WHERE
    ingest_seq > %(low)s
    AND ingest_seq <= %(high)s
    AND model_name = %(model_name)s
    AND (%(version)s::text IS NULL OR version = %(version)s)
    AND (%(environment)s::text IS NULL OR environment = %(environment)s)
    AND "timestamp" >= %(window_start)s
    AND "timestamp" < %(window_end)s
    AND segment <> ''
    AND octet_length(segment) <= %(longest)s
GROUP BY segment
HAVING count(*) >= %(least_rows)s
ORDER BY count(*) DESC, segment ASC
LIMIT %(most)s
