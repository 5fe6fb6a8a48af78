-- purpose: Read the SHAP values of a prediction, the largest by magnitude first; those that are not finite come last.
-- params: prediction_id
-- returns: model_name, version, environment, feature_name, shap_value, feature_value, base_value, timestamp
SELECT
    model_name,
    version,
    environment,
    feature_name,
    shap_value,
    feature_value,
    base_value,
    "timestamp"
FROM shap_values
WHERE prediction_id = %(prediction_id)s
ORDER BY
    CASE WHEN abs(shap_value) < 'Infinity' THEN abs(shap_value) END DESC NULLS LAST,
    feature_name ASC,
    "timestamp" ASC,
    id ASC
