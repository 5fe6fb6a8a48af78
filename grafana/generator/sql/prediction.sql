-- Of which model the chosen prediction is, when it was made, and what its attributions add up to.
SELECT
    explanation_type AS explained_by,
    min("timestamp") AS made,
    model_name AS model,
    version,
    environment,
    count(*) AS features,
    min(base_value) AS base,
    sum(attribution) AS together,
    min(base_value) + sum(attribution) AS output
FROM driftgauge.prediction_attributions
WHERE prediction_id = nullif(${prediction:sqlstring}, '')::uuid
GROUP BY explanation_type, model_name, version, environment
ORDER BY explanation_type DESC
