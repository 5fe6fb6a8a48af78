-- purpose: Write what a metric was in an hour, in place of what it was before late rows came.
-- params: model_name, version, environment, metric_name, bucket_start, value, expected, lower, upper, score, direction, verdict, reason, rows
INSERT INTO anomaly_results (
    model_name, version, environment, metric_name, bucket_start, value, expected, lower, upper, score, direction,
    verdict, reason, rows
)
VALUES (
    %(model_name)s, %(version)s, %(environment)s, %(metric_name)s, %(bucket_start)s, %(value)s, %(expected)s,
    %(lower)s, %(upper)s, %(score)s, %(direction)s, %(verdict)s, %(reason)s, %(rows)s
)
ON CONFLICT (model_name, version, environment, metric_name, bucket_start)
DO UPDATE SET
    value = excluded.value,
    expected = excluded.expected,
    lower = excluded.lower,
    upper = excluded.upper,
    score = excluded.score,
    direction = excluded.direction,
    verdict = excluded.verdict,
    reason = excluded.reason,
    rows = excluded.rows,
    "timestamp" = now()
