-- purpose: Add the traffic of a slice to its minutes.
-- params: rows
INSERT INTO traffic_rollups AS kept (
    model_name, version, environment, status, bucket_start, predictions, latency_buckets, latency_sum, latency_squares,
    latency_min, latency_max, confidence_count, confidence_sum, confidence_squares, confidence_min, confidence_max
)
SELECT
    added.model_name,
    added.version,
    added.environment,
    added.status,
    added.bucket_start,
    added.predictions,
    added.latency_buckets,
    added.latency_sum,
    added.latency_squares,
    added.latency_min,
    added.latency_max,
    added.confidence_count,
    added.confidence_sum,
    added.confidence_squares,
    added.confidence_min,
    added.confidence_max
FROM
    json_to_recordset(%(rows)s::json) AS added (
        model_name text,
        version text,
        environment text,
        status text,
        bucket_start timestamptz,
        predictions bigint,
        latency_buckets bigint[],
        latency_sum double precision,
        latency_squares double precision,
        latency_min double precision,
        latency_max double precision,
        confidence_count bigint,
        confidence_sum double precision,
        confidence_squares double precision,
        confidence_min double precision,
        confidence_max double precision
    )
ON CONFLICT (model_name, version, environment, bucket_start, status) DO UPDATE SET
    predictions = kept.predictions + excluded.predictions,
    latency_buckets = add_counts(kept.latency_buckets, excluded.latency_buckets),
    latency_sum = kept.latency_sum + excluded.latency_sum,
    latency_squares = kept.latency_squares + excluded.latency_squares,
    latency_min = least(kept.latency_min, excluded.latency_min),
    latency_max = greatest(kept.latency_max, excluded.latency_max),
    confidence_count = kept.confidence_count + excluded.confidence_count,
    confidence_sum = kept.confidence_sum + excluded.confidence_sum,
    confidence_squares = kept.confidence_squares + excluded.confidence_squares,
    confidence_min = least(kept.confidence_min, excluded.confidence_min),
    confidence_max = greatest(kept.confidence_max, excluded.confidence_max)
