-- purpose: Add the traffic of a slice to the totals that outlive every retention.
-- params: model_name, version, environment, status, predictions, latency_buckets, latency_sum, first_at, last_at
INSERT INTO traffic_totals AS kept (
    model_name, version, environment, status, predictions, latency_buckets, latency_sum, first_timestamp, last_timestamp
)
VALUES (
    %(model_name)s, %(version)s, %(environment)s, %(status)s, %(predictions)s, %(latency_buckets)s, %(latency_sum)s,
    to_timestamp(%(first_at)s), to_timestamp(%(last_at)s)
)
ON CONFLICT (model_name, version, environment, status) DO UPDATE SET
    predictions = kept.predictions + excluded.predictions,
    latency_buckets = add_counts(kept.latency_buckets, excluded.latency_buckets),
    latency_sum = kept.latency_sum + excluded.latency_sum,
    first_timestamp = least(kept.first_timestamp, excluded.first_timestamp),
    last_timestamp = greatest(kept.last_timestamp, excluded.last_timestamp)
