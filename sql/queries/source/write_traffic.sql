-- purpose: Put the traffic of a minute in place of what is there.
-- params: model_name, version, environment, status, bucket_start, predictions, latency_buckets, latency_sum, latency_squares, latency_min, latency_max, confidence_count, confidence_sum, confidence_squares, confidence_min, confidence_max
INSERT INTO traffic_rollups (
    model_name, version, environment, status, bucket_start, predictions, latency_buckets, latency_sum, latency_squares,
    latency_min, latency_max, confidence_count, confidence_sum, confidence_squares, confidence_min, confidence_max
)
VALUES (
    %(model_name)s, %(version)s, %(environment)s, %(status)s, %(bucket_start)s, %(predictions)s, %(latency_buckets)s,
    %(latency_sum)s, %(latency_squares)s, %(latency_min)s, %(latency_max)s, %(confidence_count)s, %(confidence_sum)s,
    %(confidence_squares)s, %(confidence_min)s, %(confidence_max)s
)
ON CONFLICT (model_name, version, environment, bucket_start, status) DO UPDATE SET
    predictions = excluded.predictions,
    latency_buckets = excluded.latency_buckets,
    latency_sum = excluded.latency_sum,
    latency_squares = excluded.latency_squares,
    latency_min = excluded.latency_min,
    latency_max = excluded.latency_max,
    confidence_count = excluded.confidence_count,
    confidence_sum = excluded.confidence_sum,
    confidence_squares = excluded.confidence_squares,
    confidence_min = excluded.confidence_min,
    confidence_max = excluded.confidence_max
