-- purpose: Read what a model's metrics were found to be in the hours up to now, each metric's newest hour and its anomalies, the newest first.
-- params: model_name, version, environment, hours, rows
-- returns: version, environment, metric_name, bucket_start, verdict, direction, reason, value, expected, lower, upper, score, rows
SELECT
    recent.version,
    recent.environment,
    recent.metric_name,
    recent.bucket_start,
    recent.verdict,
    recent.direction,
    recent.reason,
    recent.value,
    recent.expected,
    recent.lower,
    recent.upper,
    recent.score,
    recent.rows
FROM (
    SELECT
        *,
        row_number() OVER (PARTITION BY version, environment, metric_name ORDER BY bucket_start DESC) AS age
    FROM anomaly_results
    WHERE
        model_name = %(model_name)s
        AND bucket_start > now() - %(hours)s::double precision * INTERVAL '1 hour'
        AND bucket_start <= now()
        AND (%(version)s::text IS NULL OR version = %(version)s)
        AND (%(environment)s::text IS NULL OR environment = %(environment)s)
) AS recent
WHERE recent.age = 1 OR recent.verdict = 'anomalous'
ORDER BY
    recent.bucket_start DESC,
    (recent.verdict <> 'anomalous') ASC,
    recent.version ASC,
    recent.environment ASC,
    recent.metric_name ASC
LIMIT %(rows)s
