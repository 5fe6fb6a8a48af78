-- What the last health score of each chosen version follows from: the components with their reasons, worst first.
SELECT
    part.version,
    part.environment,
    part.component,
    part.value,
    part.takes_away,
    part.reason,
    part."timestamp" AS scored
FROM (
    SELECT DISTINCT ON (version, environment)
        model_name,
        version,
        environment,
        "timestamp"
    FROM driftgauge.model_health
    WHERE
        model_name IN (${model:sqlstring})
        AND version = ANY (ARRAY[${version:sqlstring}]::text[])
        AND environment = ANY (ARRAY[${environment:sqlstring}]::text[])
        AND $__timeFilter("timestamp")
    ORDER BY version, environment, "timestamp" DESC
) AS latest
INNER JOIN driftgauge.model_health_components AS part USING (model_name, version, environment, "timestamp")
ORDER BY part.takes_away DESC NULLS LAST, part.version, part.environment, part.place
