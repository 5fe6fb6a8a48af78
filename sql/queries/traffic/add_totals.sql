-- purpose: Add the traffic of a slice to the totals that outlive every retention.
-- params: rows
INSERT INTO traffic_totals AS kept (
    model_name, version, environment, status, predictions, latency_buckets, latency_sum, first_timestamp, last_timestamp
)
SELECT
    added.model_name,
    added.version,
    added.environment,
    added.status,
    added.predictions,
    added.latency_buckets,
    added.latency_sum,
    to_timestamp(added.first_at),
    to_timestamp(added.last_at)
FROM
    json_to_recordset(%(rows)s::json) AS added (
        model_name text,
        version text,
        environment text,
        status text,
        predictions bigint,
        latency_buckets bigint[],
        latency_sum double precision,
        first_at double precision,
        last_at double precision
    )
ON CONFLICT (model_name, version, environment, status) DO UPDATE SET
    predictions = kept.predictions + excluded.predictions,
    latency_buckets = add_counts(kept.latency_buckets, excluded.latency_buckets),
    latency_sum = kept.latency_sum + excluded.latency_sum,
    first_timestamp = least(kept.first_timestamp, excluded.first_timestamp),
    last_timestamp = greatest(kept.last_timestamp, excluded.last_timestamp)
