-- purpose: Put the traffic of minutes in place of what is there.
-- params: rows
INSERT INTO traffic_rollups (
    model_name, version, environment, status, bucket_start, predictions, latency_buckets, latency_sum, latency_squares,
    latency_min, latency_max, confidence_count, confidence_sum, confidence_squares, confidence_min, confidence_max
)
SELECT
    written.model_name,
    written.version,
    written.environment,
    written.status,
    written.bucket_start,
    written.predictions,
    written.latency_buckets,
    written.latency_sum,
    written.latency_squares,
    written.latency_min,
    written.latency_max,
    written.confidence_count,
    written.confidence_sum,
    written.confidence_squares,
    written.confidence_min,
    written.confidence_max
FROM
    json_to_recordset(%(rows)s::json) AS written (
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
