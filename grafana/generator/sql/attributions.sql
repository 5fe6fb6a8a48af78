-- What each feature added to the chosen prediction, the 20 largest, by SHAP and by LIME.
SELECT
    feature_name AS feature,
    max(attribution) FILTER (WHERE explanation_type = 'shap') AS shap,
    max(attribution) FILTER (WHERE explanation_type = 'lime') AS lime
FROM driftgauge.prediction_attributions
WHERE prediction_id = nullif(${prediction:sqlstring}, '')::uuid
GROUP BY feature_name
ORDER BY
    abs(max(attribution) FILTER (WHERE explanation_type = 'shap')) DESC NULLS LAST,
    abs(max(attribution) FILTER (WHERE explanation_type = 'lime')) DESC NULLS LAST,
    feature_name
LIMIT 20
