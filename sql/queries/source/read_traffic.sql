-- purpose: Read the traffic of a source's models in a span.
-- params: source, span_start, span_end
-- returns: model_name, version, environment, status, bucket_start, predictions, latency_buckets, latency_sum, latency_squares, latency_min, latency_max, confidence_count, confidence_sum, confidence_squares, confidence_min, confidence_max
SELECT
    kept.model_name,
    kept.version,
    kept.environment,
    kept.status,
    kept.bucket_start,
    kept.predictions,
    kept.latency_buckets,
    kept.latency_sum,
    kept.latency_squares,
    kept.latency_min,
    kept.latency_max,
    kept.confidence_count,
    kept.confidence_sum,
    kept.confidence_squares,
    kept.confidence_min,
    kept.confidence_max
FROM source_models AS model
INNER JOIN traffic_rollups AS kept USING (model_name, version, environment)
WHERE
    model.source = %(source)s
    AND kept.bucket_start >= %(span_start)s
    AND kept.bucket_start < %(span_end)s
