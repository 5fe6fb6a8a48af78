-- purpose: List the models with predictions since a moment, and up to when each is known: those of a source, until it was last read.
-- params: since
-- returns: model_name, version, environment, read_to
SELECT
    total.model_name,
    total.version,
    total.environment,
    min(source.read_to) AS read_to
FROM traffic_totals AS total
LEFT JOIN source_models AS claim
    ON
        total.model_name = claim.model_name
        AND total.version = claim.version
        AND total.environment = claim.environment
LEFT JOIN sources AS source ON claim.source = source.source
GROUP BY total.model_name, total.version, total.environment
HAVING max(total.last_timestamp) >= %(since)s
