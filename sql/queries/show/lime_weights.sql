-- purpose: Read the LIME weights of a prediction, the largest by magnitude first; those that are not finite come last.
-- params: prediction_id
-- returns: model_name, version, environment, feature_name, weight, feature_value, timestamp
SELECT
    model_name,
    version,
    environment,
    feature_name,
    weight,
    feature_value,
    "timestamp"
FROM lime_explanations
WHERE prediction_id = %(prediction_id)s
ORDER BY
    CASE WHEN abs(weight) < 'Infinity' THEN abs(weight) END DESC NULLS LAST,
    feature_name ASC,
    "timestamp" ASC,
    id ASC
