-- purpose: Tell which of some models come from another place: prediction_logs, or another source that is configured; the order lets the index of models find them.
-- params: source, configured, model_names, versions, environments
-- returns: model_name, version, environment, place
SELECT
    wanted.model_name,
    wanted.version,
    wanted.environment,
    CASE WHEN logged."timestamp" IS NULL THEN 'source ' || other.source ELSE 'prediction_logs' END AS place
FROM
    unnest(%(model_names)s::text[], %(versions)s::text[], %(environments)s::text[])
        AS wanted (model_name, version, environment)
LEFT JOIN source_models AS other
    ON
        wanted.model_name = other.model_name
        AND wanted.version = other.version
        AND wanted.environment = other.environment
        AND other.source <> %(source)s
        AND other.source = any(%(configured)s::text[])
LEFT JOIN
    LATERAL (
        SELECT row."timestamp"
        FROM prediction_logs AS row
        WHERE
            row.model_name = wanted.model_name
            AND row.version = wanted.version
            AND row.environment = wanted.environment
        ORDER BY row."timestamp"
        LIMIT 1
    ) AS logged
    ON TRUE
WHERE logged."timestamp" IS NOT NULL OR other.source IS NOT NULL
