-- purpose: Find the versions of models and environments that have predicted since a moment, or logged a metric since another; of those that have predicted the last, and of those of a source when that was last read.
-- params: model_names, environments, since, logged_since
-- returns: model_name, version, environment, last_at, read_to
WITH RECURSIVE asked AS (
    SELECT DISTINCT
        pair.model_name,
        pair.environment
    FROM unnest(%(model_names)s::text[], %(environments)s::text[]) AS pair (model_name, environment)
),

logged AS (
    -- the index is entered once for each version, not read
    SELECT
        model.model_name,
        first.version
    FROM (SELECT DISTINCT asked.model_name FROM asked) AS model
    CROSS JOIN
        LATERAL (
            SELECT metric.version
            FROM model_metrics AS metric
            WHERE
                metric.model_name = model.model_name
                AND metric."timestamp" >= %(logged_since)s
                AND metric."timestamp" <= now()
            ORDER BY metric.version
            LIMIT 1
        ) AS first
    UNION ALL
    SELECT
        logged.model_name,
        following.version
    FROM logged
    CROSS JOIN
        LATERAL (
            SELECT metric.version
            FROM model_metrics AS metric
            WHERE
                metric.model_name = logged.model_name
                AND metric.version > logged.version
                AND metric."timestamp" >= %(logged_since)s
                AND metric."timestamp" <= now()
            ORDER BY metric.version
            LIMIT 1
        ) AS following
)

SELECT
    traffic.model_name,
    traffic.version,
    traffic.environment,
    max(traffic.last_timestamp) AS last_at,
    min(source.read_to) AS read_to
FROM asked
INNER JOIN traffic_totals AS traffic
    ON asked.model_name = traffic.model_name AND asked.environment = traffic.environment
LEFT JOIN source_models AS claim
    ON
        traffic.model_name = claim.model_name
        AND traffic.version = claim.version
        AND traffic.environment = claim.environment
LEFT JOIN sources AS source ON claim.source = source.source
GROUP BY traffic.model_name, traffic.version, traffic.environment
HAVING max(traffic.last_timestamp) >= %(since)s
UNION ALL
SELECT
    asked.model_name,
    logged.version,
    asked.environment,
    NULL AS last_at,
    NULL AS read_to
FROM asked
INNER JOIN logged ON asked.model_name = logged.model_name
CROSS JOIN
    LATERAL (
        SELECT TRUE AS known
        FROM model_metrics AS metric
        WHERE
            metric.model_name = asked.model_name
            AND metric.version = logged.version
            AND metric.environment = asked.environment
            AND metric."timestamp" >= %(logged_since)s
            AND metric."timestamp" <= now()
        ORDER BY metric.metric_name
        LIMIT 1
    ) AS found
