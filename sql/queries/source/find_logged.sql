-- purpose: Tell which of some models have rows in prediction_logs, too; the order lets the index of models find them.
-- params: model_names, versions, environments
-- returns: model_name, version, environment
SELECT
    wanted.model_name,
    wanted.version,
    wanted.environment
FROM
    unnest(%(model_names)s::text[], %(versions)s::text[], %(environments)s::text[])
        AS wanted (model_name, version, environment)
CROSS JOIN
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
ORDER BY wanted.model_name, wanted.version, wanted.environment
