-- purpose: Read the last verdict on each metric of every model, of hours since a moment.
-- params: since
-- returns: model_name, version, environment, metric_name, hour, value, expected, lower, upper, score, direction, verdict, reason, rows
SELECT DISTINCT ON (model_name, version, environment, metric_name)
    model_name,
    version,
    environment,
    metric_name,
    floor(extract(EPOCH FROM bucket_start) / 3600)::bigint AS hour,
    value,
    expected,
    lower,
    upper,
    score,
    direction,
    verdict,
    reason,
    rows
FROM anomaly_results
WHERE bucket_start >= %(since)s
ORDER BY model_name ASC, version ASC, environment ASC, metric_name ASC, bucket_start DESC
