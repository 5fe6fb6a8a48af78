-- purpose: Read the latest value since a moment of the metrics that services log, of each model the first by name; beyond them, count how many more there are, up to a limit.
-- params: since, most, counted
-- returns: model_name, version, environment, metric_name, metric_value, metric_unit, timestamp, left_out
WITH RECURSIVE named AS (
    -- the index is entered once for each name, not read
    SELECT
        1::bigint AS place,
        first.*
    FROM (
        SELECT
            model_name,
            version,
            environment,
            metric_name
        FROM model_metrics
        WHERE "timestamp" >= %(since)s AND "timestamp" <= now()
        ORDER BY model_name, version, environment, metric_name
        LIMIT 1
    ) AS first
    UNION ALL
    SELECT
        CASE
            WHEN
                (following.model_name, following.version, following.environment)
                = (named.model_name, named.version, named.environment) THEN named.place + 1
            ELSE 1
        END AS place,
        following.model_name,
        following.version,
        following.environment,
        following.metric_name
    FROM named
    CROSS JOIN
        LATERAL (
            (
                SELECT
                    metric.model_name,
                    metric.version,
                    metric.environment,
                    metric.metric_name
                FROM model_metrics AS metric
                WHERE
                    named.place < %(counted)s::bigint
                    AND (metric.model_name, metric.version, metric.environment, metric.metric_name)
                    > (named.model_name, named.version, named.environment, named.metric_name)
                    AND metric."timestamp" >= %(since)s
                    AND metric."timestamp" <= now()
                ORDER BY metric.model_name, metric.version, metric.environment, metric.metric_name
                LIMIT 1
            )
            UNION ALL
            (
                SELECT
                    metric.model_name,
                    metric.version,
                    metric.environment,
                    metric.metric_name
                FROM model_metrics AS metric
                WHERE
                    named.place >= %(counted)s::bigint
                    AND (metric.model_name, metric.version, metric.environment)
                    > (named.model_name, named.version, named.environment)
                    AND metric."timestamp" >= %(since)s
                    AND metric."timestamp" <= now()
                ORDER BY metric.model_name, metric.version, metric.environment, metric.metric_name
                LIMIT 1
            )
        ) AS following
),

counted AS (
    SELECT
        *,
        greatest(count(*) OVER (PARTITION BY model_name, version, environment) - %(most)s::bigint, 0) AS left_out
    FROM named
)

SELECT
    counted.model_name,
    counted.version,
    counted.environment,
    counted.metric_name,
    latest.metric_value,
    latest.metric_unit,
    latest."timestamp",
    counted.left_out
FROM counted
CROSS JOIN
    LATERAL (
        SELECT
            metric.metric_value,
            metric.metric_unit,
            metric."timestamp"
        FROM model_metrics AS metric
        WHERE
            metric.model_name = counted.model_name
            AND metric.version = counted.version
            AND metric.environment = counted.environment
            AND metric.metric_name = counted.metric_name
            AND metric."timestamp" >= %(since)s
            AND metric."timestamp" <= now()
        ORDER BY metric."timestamp" DESC, metric.id DESC
        LIMIT 1
    ) AS latest
WHERE counted.place <= %(most)s::bigint
