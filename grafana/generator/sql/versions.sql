-- Versions of a model, the one that served last first.
SELECT version
FROM driftgauge.model_list
WHERE model_name IN (${model:sqlstring})
GROUP BY version
ORDER BY max(last_prediction_at) DESC, version
