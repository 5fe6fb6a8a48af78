-- purpose: Let a source, or where it is NULL each of them, give up its models that are in prediction_logs, too: they are those of the services that log them.
-- params: source
WITH logged AS (
    SELECT
        claimed.model_name,
        claimed.version,
        claimed.environment
    FROM source_models AS claimed
    CROSS JOIN
        LATERAL (
            SELECT row."timestamp"
            FROM prediction_logs AS row
            WHERE
                row.model_name = claimed.model_name
                AND row.version = claimed.version
                AND row.environment = claimed.environment
            ORDER BY row."timestamp"
            LIMIT 1
        ) AS first
    WHERE %(source)s::text IS NULL OR claimed.source = %(source)s
)

DELETE FROM source_models AS model
USING logged
WHERE
    model.model_name = logged.model_name
    AND model.version = logged.version
    AND model.environment = logged.environment
